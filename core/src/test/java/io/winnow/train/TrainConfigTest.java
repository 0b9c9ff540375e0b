package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Parameterization;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.OptimizerConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainConfigTest {
  private static final TrainConfig PLAIN = TrainConfig.plain(3, 8, 1e-3);
  private static final InfoBatchConfig INFOBATCH = new InfoBatchConfig(0.5, 0.875, 1);
  private static final DataWarmupConfig WARMUP =
      new DataWarmupConfig(1, 0.2, DataWarmupConfig.Simple.LOW);

  private static TrainConfig with(Object... changes) {
    return TrainConfigs.set(PLAIN, changes);
  }

  private static void refused(String message, Object... changes) {
    assertThatThrownBy(() -> with(changes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void length_isInEpochsOrInSteps() {
    refused("epochs and steps are both absent", "epochs", null);
    refused("epochs and steps are both given", "steps", 5L);
    refused("epochs is 0, but must be at least 1", "epochs", 0);
    refused("steps is 0, but must be at least 1", "epochs", null, "steps", 0L);
    assertThat(with("epochs", null, "steps", 1L).steps()).isEqualTo(1);
    assertThat(with("epochs", 1).epochs()).isEqualTo(1);
  }

  @Test
  void numbers_outsideTheirRange_areRefused_andAtItsEndsTaken() {
    refused("batch is 0, but must be at least 1", "batch", 0);
    refused("microBatch is 0, but must be from 1 to batch (8)", "microBatch", 0);
    refused("microBatch is 9, but must be from 1 to batch (8)", "microBatch", 9);
    refused("learningRate is 0.0", "learningRate", 0.0);
    refused("learningRate is Infinity", "learningRate", Double.POSITIVE_INFINITY);
    refused("warmupEpochs is -1", "warmupEpochs", -1);
    refused("ema is 1.0", "ema", 1.0);
    refused("ema is -1.0E-9", "ema", -1e-9);
    refused("gradientClip is 0.0", "gradientClip", 0.0);
    refused("minSnr is 0.0, but must be above 0", "minSnr", 0.0);
    refused("anneal is 0.0", "anneal", 0.0);
    refused("anneal is 1.0", "anneal", 1.0);
    refused("reportSteps is 0", "reportSteps", 0);
    with("batch", 1, "microBatch", 1, "warmupEpochs", 0, "ema", 0.0, "reportSteps", 1);
    with("microBatch", 8);
    for (String name : List.of("seconds", "steps", "epochs")) {
      assertThatThrownBy(
              () ->
                  new TrainConfig.CheckpointRule(
                      name.equals("seconds") ? 0 : null,
                      name.equals("steps") ? 0 : null,
                      name.equals("epochs") ? 0 : null))
          .hasMessage(name + " is 0, but must be at least 1.");
    }
    assertThat(new TrainConfig.CheckpointRule(1, 1, 1).steps()).isEqualTo(1);
  }

  @Test
  void optimizer_bringsItsOwnConstants_andPerhapsItsClip() {
    OptimizerConfig sgd = new OptimizerConfig.Momentum(0.9, 0, false);
    OptimizerConfig adan = new OptimizerConfig.Nesterov(List.of(0.98, 0.92, 0.99), 1e-8, 0, 1.0);
    refused(
        "adam is given beside optimizer",
        "optimizer",
        sgd,
        "adam",
        new AdamConfig(0.8, 0.999, 1e-8, 0));
    refused("gradientClip is 1.0, but optimizer clips by its own", "optimizer", adan);
    assertThat(with("optimizer", sgd).rule()).isSameAs(sgd);
    assertThat(with("optimizer", adan, "gradientClip", null).clip()).isNotNull();
    AdamConfig adam = new AdamConfig(0.8, 0.9, 1e-3, 0.5);
    assertThat(with("adam", adam).rule())
        .isEqualTo(new OptimizerConfig.Coupled(0.8, 0.9, 1e-3, 0.5));
  }

  @Test
  void prediction_epsIsTheOneThatNeedNotBeSaid_andFlowsHaveNoNoiseLevels() {
    assertThat(with("prediction", Parameterization.EPS).prediction()).isNull();
    assertThat(PLAIN.parameterization()).isEqualTo(Parameterization.EPS);
    assertThat(with("prediction", Parameterization.V).parameterization())
        .isEqualTo(Parameterization.V);
    refused(
        "minSnr is 5.0, but prediction is fm", "minSnr", 5.0, "prediction", Parameterization.FM);
    assertThat(with("prediction", Parameterization.FM).minSnr()).isNull();
    assertThat(with("minSnr", 5.0, "prediction", Parameterization.V).minSnr()).isEqualTo(5);
  }

  @Test
  void curricula_excludeEachOther() {
    Object[] steps = {"epochs", null, "steps", 5L, "infobatch", INFOBATCH};
    assertThat(with(steps).infobatch()).isEqualTo(INFOBATCH);
    refused("infobatch is given with epochs", "infobatch", INFOBATCH);
    refused("infobatch is given beside anneal", and(steps, "anneal", 0.5));
    TrainConfig.WeightsAs sampling = TrainConfig.WeightsAs.SAMPLING;
    refused("infobatch is given with weightsAs: sampling", and(steps, "weightsAs", sampling));
    refused("dataWarmup is given beside infobatch", and(steps, "dataWarmup", WARMUP));
    refused("dataWarmup is given with weightsAs", "dataWarmup", WARMUP, "weightsAs", sampling);
    assertThat(with("dataWarmup", WARMUP).dataWarmup()).isEqualTo(WARMUP);
    assertThat(with("weightsAs", sampling, "anneal", 0.5).anneal()).isEqualTo(0.5);
  }

  private static Object[] and(Object[] changes, Object name, Object value) {
    Object[] all = java.util.Arrays.copyOf(changes, changes.length + 2);
    all[changes.length] = name;
    all[changes.length + 1] = value;
    return all;
  }

  @Test
  void partsOfAConfiguration_outsideTheirRange_areRefused() {
    for (double share : new double[] {0, 1}) {
      assertThatThrownBy(() -> new InfoBatchConfig(share, 0.5, 1))
          .hasMessageStartingWith("ratio is " + share);
    }
    for (double share : new double[] {0, 1.5}) {
      assertThatThrownBy(() -> new InfoBatchConfig(0.5, share, 1))
          .hasMessageStartingWith("delta is " + share);
      assertThatThrownBy(() -> new InfoBatchConfig(0.5, 1, share))
          .hasMessageStartingWith("ema is " + share);
    }
    assertThatThrownBy(
            () -> new DataWarmupConfig(1, Double.POSITIVE_INFINITY, DataWarmupConfig.Simple.LOW))
        .hasMessageStartingWith("temperature is Infinity");
    assertThatThrownBy(() -> new Guidance(0, 0.1)).hasMessageStartingWith("nullClass is 0");
    for (double dropout : new double[] {-1e-9, 1}) {
      assertThatThrownBy(() -> new Guidance(1, dropout))
          .hasMessageStartingWith("labelDropout is " + dropout);
    }
    assertThat(new Guidance(1, 0).labelDropout()).isZero();
    assertThat(new Guidance(1, 0.5).identity())
        .isEqualTo("Guidance[nullClass=1, labelDropout=0.5]");
  }

  private static TrainSet set(int[] groups, int... kept) {
    return new TrainSet(new Pictures(new PlainImages(4, 3, 1)), groups, kept, null);
  }

  @Test
  void trainSet_hasAGroupForEveryImage_andAscendingPositions() {
    int[] groups = {0, 2, 1, 0};
    assertThat(set(groups, 0, 3).groupCount()).isEqualTo(3);
    assertThat(set(groups, 0, 3).hash())
        .hasSize(64)
        .isEqualTo(set(groups, 0, 3).hash())
        .isNotEqualTo(set(groups, 0, 2).hash());
    assertThatThrownBy(() -> set(new int[3], 0))
        .hasMessage("train set: 3 group ids for 4 images; expected one for each");
    assertThatThrownBy(() -> set(new int[] {0, 0, -1, 0}, 0))
        .hasMessageStartingWith("train set: a negative group id");
    assertThatThrownBy(() -> set(groups)).hasMessageStartingWith("train set: the coreset is empty");
    assertThatThrownBy(() -> set(groups, 1, 1)).hasMessageStartingWith("train set: kept[1] is 1;");
    assertThatThrownBy(() -> set(groups, -1, 1)).hasMessageStartingWith("train set: kept[0] is -1");
    assertThatThrownBy(() -> set(groups, 2, 4)).hasMessageStartingWith("train set: kept[1] is 4;");
  }
}
