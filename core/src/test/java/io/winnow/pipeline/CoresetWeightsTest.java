package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.CoresetMap;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights on their way from {@code class-weights.json} through the manifest into a training. */
class CoresetWeightsTest {
  private static final List<String> CLASSES = List.of("cat", "dog");

  @TempDir Path folder;

  /** Cats and dogs in turn, of which all but the last are kept. */
  private static Coreset coreset(double... weights) {
    List<Coreset.Entry> entries = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      String name = CLASSES.get(i % 2);
      entries.add(
          new Coreset.Entry(
              name + i,
              "at " + i,
              "h" + i,
              i % 2,
              name,
              i,
              i < weights.length - 1,
              "r",
              weights[i]));
    }
    Coreset.Selection selection =
        new Coreset.Selection(
            "uniform", Map.of(), 0.5, 0, null, "d", Map.of(), Map.of(), List.of());
    return new Coreset(selection, entries);
  }

  private static ClassWeights weights(double cat, double dog) {
    return new ClassWeights(
        CLASSES,
        new double[] {cat, dog},
        new double[] {0.5, 0.5},
        new double[] {0.5, 0.5},
        Map.of(),
        List.of());
  }

  private static List<Double> of(Coreset coreset) {
    return coreset.entries().stream().map(Coreset.Entry::weight).toList();
  }

  @Test
  void put_givesEveryEntryTheWeightOfItsClass_inTheFileToo() {
    CoresetWeights files = new CoresetWeights(folder);
    Coreset plain = coreset(1, 1, 1);
    Coreset weighted = files.put(plain, weights(1.5, Double.NaN));
    assertThat(of(weighted))
        .as("a class without images has no weight")
        .containsExactly(1.5, 1.0, 1.5);
    assertThat(CoresetFiles.read(folder).entries()).isEqualTo(weighted.entries());
    for (int i = 0; i < 3; i++) {
      Coreset.Entry was = plain.entries().get(i);
      Coreset.Entry is = weighted.entries().get(i);
      assertThat(
              new Coreset.Entry(
                  is.id(),
                  is.path(),
                  is.sha256(),
                  is.label(),
                  is.className(),
                  is.score(),
                  is.kept(),
                  is.reason(),
                  1))
          .isEqualTo(was);
    }
    assertThat(weighted.selection()).isEqualTo(plain.selection());
    assertThat(of(files.put(weighted, null))).as("taken back").containsExactly(1.0, 1.0, 1.0);
    assertThat(of(CoresetFiles.read(folder))).containsExactly(1.0, 1.0, 1.0);
  }

  @Test
  void put_leavesTheMapInTheManifest() {
    CoresetMap map = new CoresetMap(new float[] {1, 2, 3}, new float[] {4, 5, 6}, null);
    CoresetFiles.write(coreset(1, 1, 1), map, folder);
    new CoresetWeights(folder).put(coreset(1, 1, 1), weights(1.5, 0.5));
    assertThat(of(CoresetFiles.read(folder))).containsExactly(1.5, 0.5, 1.5);
    assertThat(CoresetFiles.readMap(folder).y()).containsExactly(4, 5, 6);
  }

  @Test
  void put_ofWhatIsThereAlready_writesNothing() {
    new CoresetWeights(folder.resolve("none")).put(coreset(1.5, 0.5, 1.5), weights(1.5, 0.5));
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
  }

  @Test
  void byClass_isOfTheKeptImages_andRefusesTwoWeightsInAClass() {
    assertThat(CoresetWeights.byClass(coreset(1.5, 0.5, 1.5, 0.7)))
        .isEqualTo(Map.of("cat", 1.5, "dog", 0.5));
    assertThatThrownBy(() -> CoresetWeights.byClass(coreset(1.5, 0.5, 1.25, 0.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "manifest: weights 1.5 and 1.25 in class cat (cat2); expected one weight for each"
                + " class.");
  }

  /** Three cats and two dogs, of which two cats and a dog are trained on. */
  private LossWeighting weighting(Map<String, Double> weights, TrainConfig.WeightsAs as) {
    Path set = folder.resolve("set");
    SmallSet.images(set, "cat", 3);
    SmallSet.images(set, "dog", 2);
    try (RunData data = SmallSet.open(set, folder.resolve("run"))) {
      return CoresetWeights.weighting(weights, new int[] {0, 2, 4}, data, as);
    }
  }

  @Test
  void weighting_byLoss_hasTheWeightOfEveryClass_andOneForOthers() {
    LossWeighting weighting = weighting(Map.of("dog", 2.0), TrainConfig.WeightsAs.LOSS);
    assertThat(weighting.samplingProbabilities()).isNull();
    assertThat(weighting.coefficients(new int[] {0})).containsExactly(1.0);
    assertThat(weighting.coefficients(new int[] {1})).containsExactly(2.0);
  }

  /** alpha = w p: 0.75 x 2 / 3 and 1.5 x 1 / 3. */
  @Test
  void weighting_bySampling_drawsClassesByWeightAndShareOfTheKeptImages() {
    Map<String, Double> weights = Map.of("cat", 0.75, "dog", 1.5);
    assertThat(weighting(weights, TrainConfig.WeightsAs.SAMPLING).samplingProbabilities())
        .containsExactly(new double[] {0.5, 0.5}, within(1e-12));
    assertThat(weighting(Map.of("cat", 1.0), TrainConfig.WeightsAs.SAMPLING))
        .as("without any weight but 1 every image is visited once an epoch")
        .isInstanceOf(ClassLossWeights.class);
  }
}
