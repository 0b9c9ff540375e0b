package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.model.ModelFolder;
import io.winnow.pipeline.ManifestTraining.Manifest;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests of either kind, and what is refused of them before anything is trained. */
class ManifestTrainingTest {
  @TempDir Path folder;

  private void coreset(Path into) {
    List<Coreset.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String name = i < 2 ? "cat" : "dog";
      entries.add(
          new Coreset.Entry(
              name + "/" + i + ".png", "at", "h", i / 2, name, i, i != 1, "r", i < 2 ? 1.5 : 0.5));
    }
    CoresetFiles.write(
        new Coreset(
            new Coreset.Selection(
                "uniform", Map.of(), 0.5, 0, null, "d", Map.of(), Map.of(), List.of()),
            entries),
        into);
  }

  @Test
  void manifestOfWinnow_isItsKeptImages_withTheWeightsOfTheirClasses() {
    coreset(folder);
    Manifest expected =
        new Manifest(
            List.of("cat/0.png", "dog/2.png", "dog/3.png"),
            Map.of("cat", 1.5, "dog", 0.5),
            Map.of("cat/0.png", 0.0, "dog/2.png", 2.0, "dog/3.png", 3.0));
    assertThat(Manifest.read(folder)).isEqualTo(expected);
    assertThat(Manifest.read(folder.resolve("coreset.parquet"))).isEqualTo(expected);
  }

  @Test
  void textManifest_isAnIdPerLine_withoutWeights() {
    AtomicFile.writeString(folder.resolve("ids"), "a/1.png\n\n  b/2.png \r\na/3.png");
    assertThat(Manifest.read(folder.resolve("ids")))
        .isEqualTo(new Manifest(List.of("a/1.png", "b/2.png", "a/3.png"), Map.of(), Map.of()));
  }

  @Test
  void manifestThatCannotBeRead_isNamed() throws Exception {
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> Manifest.read(none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            none
                + ": no such manifest; expected coreset.parquet, a run's folder or a list of ids.");
    assertThatThrownBy(() -> Manifest.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            folder
                + ": a folder without coreset.parquet; expected that of a run, or the manifest"
                + " itself. winnow prune makes one.");
    Path binary = folder.resolve("binary");
    Files.write(binary, new byte[] {(byte) 0xc3, 0x28});
    assertThatThrownBy(() -> Manifest.read(binary))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(binary + ": no text in UTF-8; expected coreset.parquet");
  }

  private Path train(String... ids) {
    Path manifest = folder.resolve("ids.txt");
    AtomicFile.writeString(manifest, String.join("\n", ids));
    return train(manifest, "out", "train={epochs: 1, batch: 2, warmupEpochs: 1, reportSteps: 1}");
  }

  private Path train(Path manifest, String out, String training) {
    Path set = folder.resolve("set");
    SmallSet.images(set, "cat", 3);
    SmallSet.images(set, "dog", 2);
    return new ManifestTraining(
            SmallSet.recipe(set, List.of("compute={device: cpu, threads: 1}", training)),
            folder.resolve(out),
            Progress.SILENT,
            () -> false)
        .run(manifest);
  }

  @Test
  void idsThatAreNotThere_areCounted_andTheFirstFiveNamed() {
    String[] six = IntStream.range(0, 6).mapToObj(i -> "x" + i).toArray(String[]::new);
    String start = folder.resolve("ids.txt") + ": ";
    String end =
        "); expected ids like cat/0.png. Give the data set and split that the manifest was made"
            + " from.";
    assertThatThrownBy(() -> train(six))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(start + "6 of 6 images are not in ")
        .hasMessageEndingWith("(x0, x1, x2, x3, x4, ..." + end);
    String five = IntStream.range(0, 5).mapToObj(i -> "x" + i).collect(Collectors.joining("\n"));
    assertThatThrownBy(() -> train("cat/1.png", five))
        .hasMessageStartingWith(start + "5 of 6 images are not in ")
        .hasMessageEndingWith("(x0, x1, x2, x3, x4" + end);
  }

  /** Twice the same image counts once: two images at a time make one update of both. */
  @Test
  void training_isOfTheImagesNamed_eachOnce() throws Exception {
    Path model = train("dog/1.png", "cat/0.png", "dog/1.png");
    assertThat(model).isEqualTo(folder.resolve("out/model")).isDirectory();
    assertThat(Files.readAllLines(folder.resolve("out/metrics.jsonl"))).hasSize(1);
  }

  /** All five images, image i with the i-th score. */
  private Path scored(String name, double... scores) {
    List<Coreset.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String id = i < 3 ? "cat/" + i + ".png" : "dog/" + (i - 3) + ".png";
      int label = i / 3;
      entries.add(
          new Coreset.Entry(
              id, "at", "h", label, label == 0 ? "cat" : "dog", scores[i], true, "r", 1));
    }
    Coreset.Selection all =
        new Coreset.Selection("moderate", Map.of(), 1, 0, null, "d", Map.of(), Map.of(), List.of());
    CoresetFiles.write(new Coreset(all, entries), folder.resolve(name));
    return folder.resolve(name);
  }

  /** The simplest come first, by the manifest's own scores; an image without one is refused. */
  @Test
  void dataWarmup_isOrderedByTheScoresOfTheManifest() {
    String warmed =
        "train={epochs: 2, batch: 1, warmupEpochs: 0, dataWarmup: {share: 1, temperature: 0.05}}";
    String up = hash(train(scored("up", 1, 2, 3, 4, 5), "a", warmed));
    assertThat(hash(train(folder.resolve("up"), "b", warmed))).isEqualTo(up);
    assertThat(hash(train(scored("down", 5, 4, 3, 2, 1), "c", warmed))).isNotEqualTo(up);
    Path list = folder.resolve("list");
    AtomicFile.writeString(list, "cat/0.png\ndog/1.png");
    assertThatThrownBy(() -> train(list, "d", warmed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("train.dataWarmup: image 0 has no score to order it by; expected");
  }

  private static String hash(Path model) {
    return Sha256.of(ModelFolder.weights(model));
  }
}
