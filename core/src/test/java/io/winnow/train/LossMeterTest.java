package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Compute;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LossMeterTest {
  private final LossMeter tally = new LossMeter(Compute.plainCpu());

  private static Tensor scalar(double value) {
    return Tensors.of(new float[] {(float) value}, 1).squeeze();
  }

  private void good(double loss, double norm) {
    tally.add(scalar(loss), scalar(norm), scalar(0));
  }

  private void bad() {
    tally.add(scalar(Double.NaN), scalar(Double.POSITIVE_INFINITY), scalar(1));
  }

  @Test
  void read_givesMeansOverTheGoodStepsSinceTheLastReading() {
    good(1, 10);
    bad();
    good(3, 40);
    LossMeter.Means means = tally.read(0, 1000);
    assertThat(means.loss()).isCloseTo(2, within(1e-12));
    assertThat(means.gradNorm()).isCloseTo(25, within(1e-12));
    good(5, 7);
    assertThat(tally.read(0, 1000)).isEqualTo(new LossMeter.Means(5, 7));
  }

  @Test
  void read_withoutAGoodStep_givesNaN() {
    bad();
    assertThat(tally.read(0, 1000)).isEqualTo(new LossMeter.Means(Double.NaN, Double.NaN));
  }

  /** At most 1 %: two of two hundred may be, three may not, read in between or not. */
  @Test
  void divergence_isMoreThanOnePercentOfAnEpochsSteps() {
    bad();
    tally.read(4, 200);
    bad();
    assertThatCode(() -> tally.read(4, 200)).doesNotThrowAnyException();
    assertThatThrownBy(() -> tally.read(4, 199)).hasMessageContaining("2 of 199 steps of epoch 4");
    bad();
    assertThatThrownBy(() -> tally.read(4, 200))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 of 200 steps of epoch 4");
  }

  @Test
  void divergence_ofAnEpoch_isForgottenInTheNext() {
    good(1, 1);
    bad();
    tally.read(0, 200);
    bad();
    tally.endEpoch(0, 200); // with one bad step not yet read
    assertThatCode(() -> tally.read(1, 10)).doesNotThrowAnyException();
    assertThatCode(() -> tally.read(1, 10)).doesNotThrowAnyException();
    bad();
    assertThatThrownBy(() -> tally.read(1, 10)).hasMessageContaining("1 of 10 steps of epoch 1");
  }

  /** Nothing is read where an epoch ends; the reading after that names the epoch. */
  @Test
  void divergence_ofAnEpochThatEnded_isFoundAtTheNextReading() {
    bad();
    tally.endEpoch(0, 100);
    bad();
    bad();
    tally.endEpoch(1, 100);
    good(1, 1);
    tally.endEpoch(2, 100);
    assertThatThrownBy(() -> tally.read(3, 100)).hasMessageContaining("2 of 100 steps of epoch 1");
    assertThatCode(() -> tally.read(3, 100)).as("once").doesNotThrowAnyException();
    bad();
    bad();
    tally.endEpoch(3, 100);
    assertThatThrownBy(tally::state).hasMessageContaining("2 of 100 steps of epoch 3");
  }

  @Test
  void state_restored_goesOnWhereItWas() {
    good(1, 10);
    bad();
    LossMeter other = new LossMeter(Compute.plainCpu());
    other.restore(tally.state());
    other.add(scalar(3), scalar(40), scalar(0));
    assertThat(other.read(0, 1000)).isEqualTo(new LossMeter.Means(2, 25));
    assertThatThrownBy(() -> other.read(0, 99)).hasMessageContaining("1 of 99 steps");
    LossMeter third = new LossMeter(Compute.plainCpu());
    third.restore(other.state());
    assertThatThrownBy(() -> third.read(0, 99)).hasMessageContaining("1 of 99 steps");
  }
}
