package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlannedStageTest {
  /** The stages of a run on 100 generated images, a tenth of which is kept, in batches of 4. */
  private static PlannedStage stage(StageId id, @OrNull Integer images, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset={type: shapes, count: 100, size: 8}",
                "encode={encoder: resnet18-cifar, weights: train}",
                "prune.ratio=0.1",
                "train.batch=4"));
    all.addAll(List.of(sets));
    return PlannedStage.of(Recipe.read(null, all).value(), images).stream()
        .filter(stage -> stage.name().equals(id.word()))
        .findFirst()
        .orElseThrow();
  }

  /** Epochs of ten images are two updates of 4 and one of 2; epochs of all are 25 of 4. */
  @Test
  void annealedTraining_endsOnEverything_countedInEpochsAndInSteps() {
    PlannedStage epochs =
        stage(StageId.TRAIN, 100, "train.steps=null", "train.epochs=8", "train.anneal=0.75");
    assertThat(epochs.updates()).isEqualTo(6 * 3 + 2 * 25);
    assertThat(epochs.images()).isEqualTo(6 * 10 + 2 * 100);
    PlannedStage steps =
        stage(StageId.TRAIN, 100, "train.epochs=null", "train.steps=8", "train.anneal=0.75");
    assertThat(steps.updates()).isEqualTo(8);
    assertThat(steps.images()).isEqualTo(2 * 10 + 2 * 4);
  }

  /** Two epochs of 100 images, then five times two of the 80 that a fold leaves. */
  @Test
  void classifierByFolds_isTrainedOnEverythingAndOncePerFold() {
    PlannedStage folds =
        stage(StageId.ENCODER, 100, "encode.training={epochs: 2, batch: 10, folds: 5}");
    assertThat(folds.updates()).isEqualTo(2 * 10 + 5 * 2 * 8);
    assertThat(folds.images()).isEqualTo(2 * 100 + 5 * 2 * 80);
    PlannedStage once =
        stage(StageId.ENCODER, 100, "encode.training={epochs: 2, batch: 10, folds: null}");
    assertThat(once.updates()).isEqualTo(2 * 10);
    assertThat(once.images()).isEqualTo(2 * 100);
  }

  @Test
  void withoutTheNumberOfImages_whatDependsOnItIsUnknown() {
    PlannedStage steps = stage(StageId.TRAIN, null, "train.epochs=null", "train.steps=8");
    assertThat(steps.updates()).isEqualTo(8);
    assertThat(steps.images()).isEqualTo(32);
    PlannedStage epochs = stage(StageId.TRAIN, null, "train.steps=null", "train.epochs=8");
    assertThat(epochs.updates()).isNull();
    assertThat(epochs.images()).isNull();
    assertThat(stage(StageId.ENCODE, null).images()).isNull();
    assertThat(stage(StageId.SAMPLE, null, "sample.count=7").images()).isEqualTo(7);
  }

  @Test
  void proxy_isCountedBySteps_andNotAtAllWhereTheRuleHasNone() {
    String[] steps = {"train.epochs=null", "train.steps=8", "reweight.proxy.epochs=null"};
    assertThat(stage(StageId.REWEIGHT, null, steps).updates()).isEqualTo(8);
    assertThat(
            stage(
                    StageId.REWEIGHT,
                    null,
                    steps[0],
                    steps[1],
                    "reweight.settings.rule=inverse-frequency")
                .updates())
        .isZero();
  }

  private static String key(StageId id, String... sets) {
    return stage(id, 100, sets).shared();
  }

  /** What draws nothing is the same for every seed, but of images that a seed draws. */
  @Test
  void stagesThatRunsShare_areKnownByWhatDecidesThem() {
    String[] given = {"encode.encoder=resnet20-cifar", "encode.weights=w.pt"};
    String[] folder = {"dataset={type: image-folder, path: x}", given[0], given[1]};
    String scores = key(StageId.SCORE, folder);
    assertThat(scores).isNotNull();
    assertThat(key(StageId.SCORE, folder[0], given[0], given[1], "prune.ratio=0.3"))
        .isEqualTo(scores);
    assertThat(key(StageId.SCORE, folder[0], given[0], given[1], "seed=5")).isEqualTo(scores);
    assertThat(key(StageId.SCORE, folder[0], given[0], "encode.weights=other.pt"))
        .isNotEqualTo(scores);
    String[] shapes = {"dataset={type: shapes, count: 100}", given[0], given[1]};
    assertThat(key(StageId.ENCODE, shapes[0], given[0], given[1], "seed=5"))
        .isNotEqualTo(key(StageId.ENCODE, shapes));
    assertThat(key(StageId.TRAIN, folder)).isNull();
  }

  /** A judge's features are shared where it is shown the same images: all of these decide. */
  @Test
  void judges_areSharedBetweenRunsOfTheSameImages() {
    String[] base = {
      "dataset={type: image-folder, path: x, size: 32}",
      "encode.encoder=resnet20-cifar",
      "encode.weights=w.pt",
      "evaluate={metrics: [fd, memorisation], reference: y, heldOut: z}"
    };
    String judges = key(StageId.JUDGE, base);
    assertThat(key(StageId.JUDGE, with(base, "prune.ratio=0.3", "seed=5"))).isEqualTo(judges);
    for (String other :
        List.of(
            "dataset.path=other",
            "dataset.size=16",
            "dataset.resize=adm",
            "evaluate.reference=other",
            "evaluate.heldOut=other")) {
      assertThat(key(StageId.JUDGE, with(base, other))).as(other).isNotEqualTo(judges);
    }
    String[] elsewhere = with(base, "evaluate.metrics=[fd]"); // no training image is shown
    assertThat(key(StageId.JUDGE, with(elsewhere, "dataset.path=other")))
        .isEqualTo(key(StageId.JUDGE, elsewhere));
    assertThat(key(StageId.JUDGE, with(elsewhere, "dataset.size=16")))
        .isNotEqualTo(key(StageId.JUDGE, elsewhere));
  }

  private static String[] with(String[] base, String... more) {
    return Stream.concat(Stream.of(base), Stream.of(more)).toArray(String[]::new);
  }

  /** Latents of an autoencoder that was given, or of the one that the run trains. */
  @Test
  void latents_areSharedByTheirAutoencoder() {
    String[] base = {
      "model={type: mdt, version: 2, space: latents, patch: 2, width: 16, depth: 2, heads: 2,"
          + " decodeLayer: 1, maskRatio: null, learnSigma: false, labelDropout: 0.1, schedule: {kind:"
          + " linear, steps: 1000, betaStart: 1e-4, betaEnd: 0.02}}",
      "dataset={type: image-folder, path: x}"
    };
    String given = key(StageId.LATENTS, with(base, "latents={vae: given}"));
    assertThat(key(StageId.LATENTS, with(base, "latents={vae: given}", "seed=5"))).isEqualTo(given);
    assertThat(key(StageId.LATENTS, with(base, "latents={vae: other}"))).isNotEqualTo(given);
    String[] trained = with(base, "latents={vae: train}");
    String own = key(StageId.LATENTS, trained);
    assertThat(own).isNotEqualTo(given).isEqualTo(key(StageId.LATENTS, trained));
    assertThat(key(StageId.LATENTS, with(trained, "latents.training.steps=7"))).isNotEqualTo(own);
  }

  @Test
  void imagesOfADataSet_areKnownWithoutReadingIt_orFromARun(@TempDir Path home) {
    RunLayout none = new RunLayout(home.resolve("none"));
    assertThat(imagesOf("{type: shapes, count: 120}", none)).isEqualTo(120);
    assertThat(imagesOf("{type: cifar10, path: x, split: train}", none)).isEqualTo(50_000);
    assertThat(imagesOf("{type: cifar10, path: x, split: test}", none)).isNull();
    assertThat(imagesOf("{type: image-folder, path: x, split: train}", none)).isNull();
    SmallSet.images(home.resolve("set"), "cat", 3);
    SmallSet.images(home.resolve("set"), "dog", 2);
    SmallSet.open(home.resolve("set"), home.resolve("run")).close();
    assertThat(imagesOf("{type: image-folder, path: x}", new RunLayout(home.resolve("run"))))
        .isEqualTo(5);
  }

  private static Integer imagesOf(String dataset, RunLayout run) {
    return PlannedStage.imagesOf(Recipe.read(null, List.of("dataset=" + dataset)).value(), run);
  }
}
