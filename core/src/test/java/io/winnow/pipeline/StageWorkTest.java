package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.forecast.Work;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Counted by hand: 1000 images of 10 classes, 100 of them kept, batches of 32. */
class StageWorkTest {
  private static Work work(StageId id, String... overrides) {
    List<String> all =
        new ArrayList<>(List.of("dataset.path=x", "train.epochs=6", "train.batch=32"));
    all.addAll(List.of(overrides));
    return new StageWork(Recipe.read(null, all).value(), 1000, 100, 10).of(id);
  }

  @Test
  void encoding_isEveryImageOnce_inBatches() {
    assertThat(work(StageId.ENCODE, "encode.batch=256")).isEqualTo(new Work(4, 1000));
    assertThat(work(StageId.ENCODE, "encode.batch=250")).isEqualTo(new Work(4, 1000));
    assertThat(work(StageId.ENCODE, "encode.batch=249")).isEqualTo(new Work(5, 1000));
  }

  /** Of 64 images: 15 updates an epoch and one of 40. Five folds: each on 800, 13 updates. */
  @Test
  void classifier_isTrainedByEpochs_andByFolds() {
    String[] set = {"encode.training.epochs=3", "encode.training.batch=64"};
    assertThat(work(StageId.ENCODER, set)).isEqualTo(new Work(3 * 16, 3000));
    assertThat(work(StageId.ENCODER, set[0], set[1], "encode.training.folds=5"))
        .isEqualTo(new Work(3 * (16 + 5 * 13), 15_000));
  }

  @Test
  void trainings_haveTheirOwnLengthsAndImages() {
    assertThat(work(StageId.TRAIN)).isEqualTo(new Work(6 * 4, 600));
    assertThat(work(StageId.TRAIN_UNWEIGHTED)).isEqualTo(new Work(6 * 4, 600));
    assertThat(work(StageId.REFERENCE)).isEqualTo(new Work(6 * 32, 6000));
    assertThat(work(StageId.REFERENCE, "reweight.reference.epochs=2"))
        .isEqualTo(new Work(2 * 32, 2000));
    assertThat(work(StageId.REWEIGHT)).isEqualTo(new Work(6 * 4, 600));
    assertThat(work(StageId.REWEIGHT, "reweight.proxy.epochs=3")).isEqualTo(new Work(12, 300));
    assertThat(work(StageId.REWEIGHT, "reweight.settings.rule=inverse-frequency"))
        .isEqualTo(Work.NONE);
  }

  /** Annealing is the model's; reference and proxy stay on their images. */
  @Test
  void annealing_isTheModelsAlone() {
    assertThat(work(StageId.TRAIN, "train.anneal=0.5"))
        .isEqualTo(new Work(3 * 4 + 3 * 32, 300 + 3000));
    assertThat(work(StageId.REWEIGHT, "train.anneal=0.5")).isEqualTo(new Work(24, 600));
    assertThat(work(StageId.REFERENCE, "train.anneal=0.5")).isEqualTo(new Work(192, 6000));
  }

  @Test
  void infoBatch_isCountedByItsSteps() {
    assertThat(work(StageId.TRAIN, "train.epochs=null", "train.steps=50", "train.infobatch={}"))
        .isEqualTo(new Work(50, 1600));
  }

  /** Guidance is part of what a step of an image costs. */
  @Test
  void sampling_isStepsOfEveryImage() {
    assertThat(
            work(StageId.SAMPLE, "sample.count=70", "sample.batch=32", "sample.sampler.steps=25"))
        .isEqualTo(new Work(70 * 25, 70));
  }

  /** One of every class, and where there are captions one of every image. */
  @Test
  void texts_areOfClassesAndOfCaptions() {
    String[] set = {
      "latents={vae: train, batch: 16, training: {steps: 40, batch: 8}}",
      "model={type: stable-diffusion, sizes: {width: 8, multipliers: [1], blocks: 1,"
          + " attention: [0], heads: 1, groups: 4, text: {width: 8, layers: 1, heads: 1}}}"
    };
    assertThat(work(StageId.TEXTS, set)).isEqualTo(new Work(10, 0));
    assertThat(work(StageId.TEXTS, set[0], set[1], "prompts={captions: txt}"))
        .isEqualTo(new Work(1010, 0));
  }

  @Test
  void latents_areOfMirrorImagesAsWell() {
    String[] set = {
      "latents={vae: train, batch: 16, training: {steps: 40, batch: 8}}",
      "model={type: mdt, version: 2, space: latents, patch: 2, width: 16, depth: 2, heads: 2,"
          + " decodeLayer: 1, maskRatio: null, learnSigma: false, labelDropout: 0.1, schedule: {kind:"
          + " linear, steps: 1000, betaStart: 1e-4, betaEnd: 0.02}}"
    };
    assertThat(work(StageId.LATENTS, set)).isEqualTo(new Work(63, 2000));
    assertThat(work(StageId.LATENTS, set[0], set[1], "train.flip=false"))
        .isEqualTo(new Work(63, 1000));
    assertThat(work(StageId.AUTOENCODER, set)).isEqualTo(new Work(40, 320));
  }
}
