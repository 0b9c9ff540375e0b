package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Parameterization;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.optim.OptimizerConfig;
import io.winnow.train.TrainConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReweightPlanTest {
  private static final OptimizerConfig SGD = new OptimizerConfig.Momentum(0.8, 0.1, true);

  private static TrainConfig train(Integer epochs, Long steps, int warmupEpochs) {
    return new TrainConfig(
        epochs,
        steps,
        64,
        32,
        1e-3,
        warmupEpochs,
        AdamConfig.DEFAULT,
        SGD,
        0.99,
        EmaRule.CONSTANT,
        0.5,
        3.0,
        Parameterization.V,
        true,
        0.875,
        TrainConfig.AnnealWeights.KEEP,
        TrainConfig.WeightsAs.SAMPLING,
        new TrainConfig.CheckpointRule(7, 8, 9),
        11,
        null,
        null);
  }

  /** Counted by hand; the share is rounded up to whole epochs, half of the epochs down. */
  @ParameterizedTest
  @CsvSource({
    "2000, 13, 1000, 7", // half of 13 is 6.5
    "2000, 13, 200, 2", // 1.3
    "2000, 13, 5, 1", // 0.03
    "2000, 13, 1, 1",
    "2000, 13, 2000, 13",
    "2000, 13, 4000, 13", // never longer than the model's
    "20, 13, 5, 2", // a share of 3.25 would leave one epoch of five at the full rate
    "20, 13, 4, 2",
    "20, 0, 5, 0",
    "4, 1, 1, 1"
  })
  void lasting_otherEpochs_warmsUpForTheSameShareAndHalfAtMost(
      int epochs, int warmup, int own, int expected) {
    TrainConfig config = ReweightPlan.lasting(train(epochs, null, warmup), own, 5000);
    assertThat(config.warmupEpochs()).isEqualTo(expected);
    assertThat(config.epochs()).isEqualTo(own);
    assertThat(config.steps()).isNull();
  }

  /** 3000 steps of 64 images: 38 epochs of 5,000 images (79 steps each), 3.8 of 50,000 (782). */
  @ParameterizedTest
  @CsvSource({
    "5000, , 13", //
    "5000, 12, 5", // 13 * 12 / 37.97 = 4.1
    "50000, 1, 1",
    "50000, , 1" // half of 3.8 epochs
  })
  void lasting_modelBySteps_countsItsEpochsOnTheImagesOfThisTraining(
      int images, Integer own, int expected) {
    TrainConfig config = ReweightPlan.lasting(train(null, 3000L, 13), own, images);
    assertThat(config.warmupEpochs()).isEqualTo(expected);
    assertThat(config.steps()).isEqualTo(own == null ? 3000L : null);
    assertThat(config.epochs()).isEqualTo(own);
  }

  @Test
  void lasting_withoutOwnLength_isTheModelsTrainingOnOneSetWithoutWeights() {
    assertThat(ReweightPlan.lasting(train(10, null, 13), null, 5000))
        .isEqualTo(
            new TrainConfig(
                10,
                null,
                64,
                32,
                1e-3,
                13,
                AdamConfig.DEFAULT,
                SGD,
                0.99,
                EmaRule.CONSTANT,
                0.5,
                3.0,
                Parameterization.V,
                true,
                null,
                TrainConfig.AnnealWeights.OFF,
                TrainConfig.WeightsAs.LOSS,
                new TrainConfig.CheckpointRule(7, 8, 9),
                11,
                null,
                null));
  }

  @Test
  void lengths_belowOne_areRefused() {
    assertThatThrownBy(() -> new ReweightPlan.Length(0)).hasMessageContaining("epochs is 0");
    assertThatThrownBy(() -> new ReweightPlan.Reference(null, 0))
        .hasMessageContaining("epochs is 0");
    assertThat(new ReweightPlan.Length(1).epochs()).isEqualTo(1);
    assertThat(new ReweightPlan.Reference("x", 1).epochs()).isEqualTo(1);
  }

  /** 26 updates of 64 are 26 epochs of 64 images, and 13 of 65. */
  @Test
  void lasting_ofATrainingInSteps_countsItsEpochs() {
    TrainConfig steps = train(null, 26L, 4);
    assertThat(ReweightPlan.lasting(steps, 5, 64).warmupEpochs()).isEqualTo(1); // 0.77
    assertThat(ReweightPlan.lasting(steps, 5, 65).warmupEpochs()).isEqualTo(2); // 1.54
  }

  private static boolean trainsReference(String... sets) {
    List<String> all = new ArrayList<>(List.of("dataset.path=x"));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value().reweight().trainsReference();
  }

  @Test
  void reference_isTrained_whereOneIsNeededAndNoneIsGiven() {
    assertThat(trainsReference()).isTrue();
    assertThat(trainsReference("reweight.enabled=false")).isFalse();
    assertThat(trainsReference("reweight.reference.path=x")).isFalse();
    assertThat(trainsReference("reweight.settings.rule=group-dro")).isFalse();
  }
}
