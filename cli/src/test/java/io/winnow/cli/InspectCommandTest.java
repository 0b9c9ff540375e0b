package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.files.AtomicFile;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path folder;

  @Test
  void safetensors_isDescribedByItsTensors() {
    Path file = folder.resolve("x.safetensors");
    try (Scope scope = Scope.open()) {
      Safetensors.write(
          file, Map.of("conv1.weight", Tensors.of(new float[6], 2, 3)), Map.of("format", "pt"));
    }
    CliRun run = CliRun.of("inspect", file.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("safetensors").contains("conv1.weight [2, 3]");
  }

  @Test
  void truncatedSafetensors_isTheUsersMistake_andNamesTheFile() throws Exception {
    Path file = folder.resolve("x.safetensors");
    try (Scope scope = Scope.open()) {
      Safetensors.write(file, Map.of("w", Tensors.of(new float[600], 600)), Map.of());
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 100));
    CliRun run = CliRun.of("inspect", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("x.safetensors").doesNotContain("at io.winnow");
  }

  @Test
  void hostilePickle_isRefused_andNothingRuns() throws Exception {
    Path trace = folder.resolve("executed");
    Path file = folder.resolve("x.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(hostile("touch " + trace));
    }
    CliRun run = CliRun.of("inspect", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("x.pth").contains("system");
    assertThat(trace).doesNotExist();
  }

  /** Protocol 2: posix.system(command). */
  private static byte[] hostile(String command) {
    String pickle = "\u0080\u0002cposix\nsystem\nX" + length(command) + command + "\u0085R.";
    return pickle.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static String length(String text) {
    return (char) text.length() + "\0\0\0";
  }

  @Test
  void metrics_areListedByName_alsoAsJson() {
    Metric.Circumstances none =
        new Metric.Circumstances(
            new Metric.Sets(5, 5, null),
            new Metric.Extractor("x", null, null),
            null,
            null,
            null,
            null,
            List.of());
    new Metrics(List.of(new Metric(Metric.Kind.FD, null, null, 1.5, none)))
        .write(folder.resolve("metrics.json"));
    CliRun run = CliRun.of("inspect", "--json", folder.resolve("metrics.json").toString());
    assertThat(run.out()).contains("\"fd-x@5\" : 1.5");
  }

  @Test
  void pathThatIsNotThere_isTheUsersMistake() {
    CliRun run = CliRun.of("inspect", folder.resolve("no").toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("no such file");
  }

  @Test
  void textFile_isRefusedAsNothingKnown() {
    AtomicFile.writeString(folder.resolve("notes.txt"), "hello");
    CliRun run = CliRun.of("inspect", folder.resolve("notes.txt").toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("notes.txt");
  }
}
