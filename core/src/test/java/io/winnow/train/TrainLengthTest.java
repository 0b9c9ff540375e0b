package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.OrNull;
import org.junit.jupiter.api.Test;

class TrainLengthTest {
  private static TrainConfig config(
      @OrNull Integer epochs,
      @OrNull Long steps,
      @OrNull Double anneal,
      @OrNull InfoBatchConfig infobatch) {
    return TrainConfigs.set(
        TrainConfig.plain(1, 32, 1e-3),
        "epochs",
        epochs,
        "steps",
        steps,
        "anneal",
        anneal,
        "infobatch",
        infobatch);
  }

  private static TrainLength length(
      @OrNull Integer epochs, @OrNull Long steps, @OrNull Double anneal) {
    return TrainLength.of(config(epochs, steps, anneal, null), 100, 1000);
  }

  /** 100 images are 3 batches of 32 and one of 4; 1000 are 31 and one of 8. */
  @Test
  void epochs_endInAShortBatch() {
    assertThat(length(5, null, null)).isEqualTo(new TrainLength(20, 500));
    assertThat(TrainLength.of(config(5, null, null, null), 1000, 1000))
        .isEqualTo(new TrainLength(160, 5000));
  }

  @Test
  void steps_mayEndWithinAnEpoch() {
    assertThat(length(null, 4L, null)).isEqualTo(new TrainLength(4, 100));
    assertThat(length(null, 10L, null)).isEqualTo(new TrainLength(10, 264));
    assertThat(length(null, 11L, null)).isEqualTo(new TrainLength(11, 296));
  }

  /** Six of eight epochs on the coreset, two on everything; or six of eight steps. */
  @Test
  void annealing_endsOnEverything() {
    assertThat(length(8, null, 0.75)).isEqualTo(new TrainLength(6 * 4 + 2 * 32, 600 + 2000));
    assertThat(length(null, 8L, 0.75)).isEqualTo(new TrainLength(8, 100 + 64 + 64));
  }

  /** Its epochs depend on the losses: so many images at most. */
  @Test
  void infoBatch_hasItsSteps_ofWholeBatches() {
    InfoBatchConfig infobatch = new InfoBatchConfig(0.5, 0.875, 1);
    assertThat(TrainLength.of(config(null, 10L, null, infobatch), 100, 1000))
        .isEqualTo(new TrainLength(10, 320));
    assertThat(TrainLength.of(config(null, 10L, null, infobatch), 20, 1000))
        .isEqualTo(new TrainLength(10, 200));
  }
}
