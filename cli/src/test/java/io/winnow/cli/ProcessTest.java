package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: signals, and limits of the system. */
class ProcessTest {
  private static final String RECIPE =
      """
      name: mini
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100}
      encode: {training: {width: 4, epochs: 1, batch: 32, cropPadding: 1, flip: false}}
      """;

  @TempDir Path folder;

  @BeforeEach
  void needsAShell() {
    assumeTrue(new File("/bin/sh").canExecute(), "no /bin/sh: signals and limits are not tested");
    try (Scope scope = Scope.open()) {
      // Unpacks the engine's libraries, for which the limit of a child would be too low.
      assertThat(Tensors.of(new float[1], 1).numel()).isEqualTo(1);
    }
    AtomicFile.writeString(folder.resolve("mini.yaml"), RECIPE);
  }

  private String[] encode(String... more) {
    List<String> args = new ArrayList<>(List.of("run", folder.resolve("mini.yaml").toString()));
    args.addAll(List.of("--until", "encode", "--out", folder.resolve("out").toString()));
    args.addAll(List.of(more));
    return args.toArray(new String[0]);
  }

  /** Starts {@code winnow run} in a shell, after a command of the shell. */
  private Process start(String before, String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", before + " exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output.txt").toFile())
        .start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output.txt"));
  }

  @Test
  void file_thatTheSystemDoesNotLetGrow_isAMessage_andEarlierWorkIsKept() throws Exception {
    Process process = start("ulimit -f 100;", encode());
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output()).isEqualTo(ExitCode.MISTAKE);
    assertThat(output())
        .contains("classifier.safetensors: could not be written (File too large)")
        .contains("ulimit -f")
        .doesNotContain("at io.winnow");
    assertThat(folder.resolve("out/encoder/classifier.safetensors")).doesNotExist();
    CliRun again = CliRun.of(encode());
    assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).doesNotContain("read images");
  }

  @Test
  void terminated_savesAndSaysThatTheSameCommandGoesOn() throws Exception {
    Process process = start("", encode("--set", "encode.training.epochs=100000"));
    Path record = folder.resolve("out/run.json");
    for (int i = 0; i < 1200 && process.isAlive() && !trains(record); i++) {
      Thread.sleep(100);
    }
    process.destroy();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output()).isEqualTo(ExitCode.RESUMABLE);
    assertThat(output()).contains("interrupted").doesNotContain("at io.winnow");
    assertThat(RunRecord.read(record).stages().get("encoder").state())
        .isEqualTo(RunRecord.State.INTERRUPTED);
  }

  private static boolean trains(Path record) {
    return Files.exists(record) && RunRecord.read(record).stages().containsKey("encoder");
  }
}
