package io.winnow.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Curve;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npy;
import io.winnow.weights.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/library.md do what the page says, and the page shows these programs. */
class LibraryTest {
  private static final Path PAGE = Path.of("../docs/library.md");
  private static final Path SOURCES = Path.of("src/test/java/io/winnow/library");

  @TempDir Path folder;

  private Path features(String name, int rows, double offset) {
    Path file = folder.resolve(name);
    try (Scope scope = Scope.open()) {
      Tensor values = RandomStreams.of(3).normal(new long[] {rows, 4}, name, 0);
      Npy.write(file, values.add(new Scalar(offset)));
    }
    return file;
  }

  @Test
  void scoreFeatures_writesAManifest_ofTheRatioInEveryClass() throws Exception {
    Path own = Files.createDirectories(folder.resolve("own"));
    features("own/cat.npy", 40, 0);
    features("own/dog.npy", 20, 5);
    Path out = folder.resolve("manifest");
    ScoreFeatures.main(new String[] {own.toString(), "0.25", out.toString()});
    Coreset coreset = CoresetFiles.read(out);
    assertThat(coreset.entries()).hasSize(60);
    assertThat(coreset.selection().keptByClass()).containsEntry("cat", 10).containsEntry("dog", 5);
    assertThat(coreset.entries().get(41).id()).isEqualTo("dog.npy/1");
    assertThat(coreset.entries().get(41).label()).isEqualTo(1);
    double kept = mean(coreset, true);
    assertThat(kept).as("a density keeps what is likely").isGreaterThan(mean(coreset, false));
    assertThat(Files.readAllLines(out.resolve("coreset/kept.txt"))).hasSize(15);
  }

  private static double mean(Coreset coreset, boolean kept) {
    return coreset.entries().stream()
        .filter(entry -> entry.kept() == kept)
        .mapToDouble(Coreset.Entry::score)
        .average()
        .orElseThrow();
  }

  @Test
  void compareFeatures_printsEveryDistance() {
    String real = features("real.npy", 300, 0).toString();
    String near = features("near.npy", 300, 0).toString();
    String far = features("far.npy", 300, 3).toString();
    List<Double> same = numbers(near, real);
    List<Double> apart = numbers(far, real);
    assertThat(apart.get(0)).as("fd: four features, each 3 apart").isCloseTo(36, within(4.0));
    assertThat(same.get(0)).isLessThan(0.5);
    assertThat(same.get(1)).as("kid").isCloseTo(0, within(0.05));
    assertThat(apart.get(1)).isGreaterThan(1);
    assertThat(same.get(2)).as("precision").isGreaterThan(0.7);
    assertThat(apart.get(2)).isLessThan(0.3);
    assertThat(same.get(3)).as("recall").isGreaterThan(0.7);
    assertThat(apart.get(3)).isLessThan(0.3);
  }

  private static List<Double> numbers(String generated, String real) {
    String printed = printed(() -> CompareFeatures.main(new String[] {generated, real}));
    List<Double> numbers = new ArrayList<>();
    for (String word : List.of("fd", "kid", "precision", "recall")) {
      Matcher line = Pattern.compile("(?m)^" + word + " (\\S+)").matcher(printed);
      assertThat(line.find()).as(word + " in " + printed).isTrue();
      numbers.add(Double.valueOf(line.group(1)));
    }
    return numbers;
  }

  private static String printed(Runnable program) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      program.run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void trainOwnModel_trainsByItsOwnCurriculum_andSamples() throws Exception {
    String out = folder.resolve("own-model").toString();
    String printed = printed(() -> TrainOwnModel.main(new String[] {out, "2"}));
    assertThat(printed).contains("step 12 loss"); // 32 images, then 64, in batches of 8
    List<Curve.Point> points = Curve.read(Path.of(out, "curve.jsonl")).points();
    assertThat(points.get(points.size() - 1).samplesSeen()).isEqualTo(96);
    assertThat(Files.readString(Path.of(out, "model/scheduler/scheduler_config.json")))
        .contains("v_prediction");
    Path state = Path.of(out, "state/step-000000012");
    try (Safetensors.Reader optimizer = Safetensors.open(state.resolve("optimizer.safetensors"))) {
      assertThat(optimizer.metadata()).containsEntry("optimizer", "adamw");
    }
    assertThat(Files.readString(state.resolve("state.json")))
        .contains("v minSnr 5.0", "growing to 64 in 2 epochs")
        .doesNotContain("AdamConfig");
    for (int i = 0; i < 4; i++) {
      assertThat(ImageIO.read(Path.of(out, "sample-" + i + ".png").toFile()).getWidth())
          .isEqualTo(8);
    }
  }

  @Test
  void page_showsThesePrograms() throws Exception {
    Assumptions.assumeTrue(Files.exists(PAGE), "no docs/library.md: not the repository's tree");
    List<String> blocks = new ArrayList<>();
    Matcher block = Pattern.compile("(?s)```java\n(.*?)```").matcher(Files.readString(PAGE));
    while (block.find()) {
      blocks.add(block.group(1));
    }
    List<String> sources = new ArrayList<>();
    for (String name : List.of("ScoreFeatures", "CompareFeatures", "TrainOwnModel")) {
      sources.add(
          Files.readString(SOURCES.resolve(name + ".java"))
              .replace("package io.winnow.library;\n\n", ""));
    }
    assertThat(blocks).isEqualTo(sources);
  }
}
