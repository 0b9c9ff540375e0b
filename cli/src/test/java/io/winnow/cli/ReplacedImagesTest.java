package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.data.Png;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are replaced under their names count as what they are now, in every place. */
class ReplacedImagesTest {
  private static final String RECIPE =
      """
      name: replaced
      compute: {device: cpu, threads: 1}
      dataset: {type: image-folder, path: "%s", size: 16}
      encode: {encoder: resnet20-cifar, weights: "%s", batch: 8}
      prune: {ratio: 0.5}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4}
      train: {epochs: 1, batch: 8, warmupEpochs: 0}
      reweight: {enabled: false}
      sample: {sampler: {steps: 2}, count: 8, batch: 8}
      evaluate: {metrics: [fd, memorisation]}
      """;

  @TempDir Path folder;

  private CliRun run(String out) {
    return CliRun.of(
        "run", folder.resolve("recipe.yaml").toString(), "--out", folder.resolve(out).toString());
  }

  private String measured(String out) {
    return Sha256.of(folder.resolve(out).resolve("metrics.json"))
        + Sha256.of(folder.resolve(out).resolve("memorisation.json"));
  }

  /** Another picture in a file that keeps its name, which is another one to the file system. */
  private void replace(String name, int seed) throws IOException {
    Path file = folder.resolve("set").resolve(name);
    Files.delete(file);
    Png.write(SmallSets.picture(seed, 1, 0, 32), file);
  }

  @Test
  void run_afterImagesWereReplaced_measuresWhatAFreshOneDoes() throws IOException {
    SmallSets.folder(folder.resolve("set/train"), 1, 6, "cat", "dog");
    SmallSets.folder(folder.resolve("set/test"), 2, 4, "cat", "dog");
    Path weights = SmallSets.weights(folder.resolve("w.safetensors"), 20);
    AtomicFile.writeString(
        folder.resolve("recipe.yaml"), RECIPE.formatted(folder.resolve("set"), weights));
    CliRun first = run("kept");
    assertThat(first.code()).as(first.err()).isZero();
    String before = measured("kept");
    assertThat(run("kept").err()).contains("evaluate: up to date").doesNotContain("again");

    replace("test/cat/01.png", 8);
    CliRun heldOut = run("kept");
    assertThat(heldOut.err())
        .contains("train: up to date", "evaluate: heldOut changed; running it again");
    assertThat(measured("kept")).isNotEqualTo(before);

    replace("train/cat/00.png", 9);
    replace("train/dog/03.png", 10);
    CliRun replaced = run("kept");
    assertThat(replaced.code()).as(replaced.err()).isZero();
    assertThat(replaced.err()).contains("encode: dataset changed; running it again");
    assertThat(run("fresh").code()).isZero();
    assertThat(measured("kept")).isEqualTo(measured("fresh"));
  }
}
