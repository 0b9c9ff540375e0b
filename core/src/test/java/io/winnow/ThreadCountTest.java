package io.winnow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the number of threads that was asked for: work is spread over as many as the engine has,
 * and every benchmark with {@code --threads} gives them to it before anything is computed.
 */
class ThreadCountTest {
  private static final Path ROOT = Path.of("..");

  /** Those that ask how many processors there are: to choose a number, or to tell it. */
  private static final List<String> ASK =
      List.of("Compute.java", "Hardware.java", "NativeCheck.java", "Workers.java");

  private static List<Path> sources(String... modules) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String module : modules) {
      try (Stream<Path> all = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
      }
    }
    return files;
  }

  @Test
  void processors_areCountedInOnePlace() throws IOException {
    for (Path file : sources("core", "cli", "bench")) {
      if (Files.readString(file).contains("availableProcessors()")) {
        assertThat(ASK).as("%s; take Workers.readers()", file).contains(file.toFile().getName());
      }
    }
  }

  @Test
  void benchmarksWithThreads_giveThemToTheEngineFirst() throws IOException {
    int found = 0;
    for (Path file : sources("bench")) {
      String text = Files.readString(file);
      if (!text.contains("void main(") || !text.contains("\"threads\"")) {
        continue;
      }
      found++;
      String main = text.substring(text.indexOf("void main("));
      assertThat(main.substring(0, main.indexOf("\n  }")))
          .as(file.toString())
          .containsAnyOf("compute.apply();", "Line.useThreads(threads);");
    }
    assertThat(found).isGreaterThan(8);
    String setting =
        Files.readString(ROOT.resolve("bench/src/main/java/io/winnow/bench/UNetSetting.java"));
    assertThat(setting).contains("compute.apply();");
  }
}
