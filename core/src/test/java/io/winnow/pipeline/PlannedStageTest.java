package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
