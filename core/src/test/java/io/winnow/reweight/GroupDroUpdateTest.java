package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** By hand: with a step size of ln 2 a loss of 1 doubles a share. */
class GroupDroUpdateTest {
  private static final double LN2 = Math.log(2);
  private static final Offset<Double> EXACT = within(1e-12);

  private static GroupDroUpdate rule(boolean normalize, double[] adjustment, long... counts) {
    return new GroupDroUpdate(
        new GroupDroUpdate.Settings(LN2, normalize, adjustment, false, 1, 0.1, 0), counts);
  }

  private static GroupDroUpdate greedy(double covers, double least) {
    return new GroupDroUpdate(
        new GroupDroUpdate.Settings(LN2, false, null, true, covers, 0.1, least),
        new long[] {10, 10, 20});
  }

  private static double[] of(double... values) {
    return values;
  }

  private static long[] counts(long... values) {
    return values;
  }

  @Test
  void update_lossOfOne_doublesTheShare_andTheNewSharesWeighTheLoss() {
    GroupDroUpdate rule = rule(false, null, 5, 5);
    GroupDroUpdate.Step step = rule.update(of(1, 0), counts(3, 1), 1);
    assertThat(step.weights()).containsExactly(of(2.0 / 3, 1.0 / 3), EXACT);
    assertThat(step.loss()).isCloseTo(2.0 / 3, EXACT);
    assertThat(rule.probabilities()).containsExactly(step.weights());
    GroupDroUpdate.Step next = rule.update(of(0, 3), counts(2, 2), 1);
    assertThat(next.weights()).containsExactly(of(2.0 / 10, 8.0 / 10), EXACT);
    assertThat(next.loss()).isCloseTo(2.4, EXACT);
  }

  @Test
  void update_halfABatch_takesHalfAStep() {
    GroupDroUpdate rule = rule(false, null, 5, 5);
    assertThat(rule.update(of(2, 0), counts(1, 1), 0.5).weights())
        .containsExactly(of(2.0 / 3, 1.0 / 3), EXACT);
  }

  @Test
  void normalizedLoss_isDividedByItsSum() {
    GroupDroUpdate rule = rule(true, null, 5, 5);
    double two = Math.pow(2, 0.75 - 0.25);
    assertThat(rule.update(of(3, 1), counts(1, 1), 1).weights())
        .containsExactly(of(two / (two + 1), 1 / (two + 1)), EXACT);
  }

  @Test
  void adjustment_isDividedByTheRootOfTheCount_andPartOfTheLoss() {
    GroupDroUpdate rule = rule(false, of(2, 2), 4, 16);
    GroupDroUpdate.Step step = rule.update(of(0, 0.5), counts(1, 1), 1);
    // 0 + 2/2 and 0.5 + 2/4.
    assertThat(step.weights()).containsExactly(of(0.5, 0.5), EXACT);
    assertThat(step.loss()).isCloseTo(1, EXACT);
  }

  @Test
  void adjustment_countsOnlyWhereAllOfItIsPositive() {
    GroupDroUpdate rule = rule(false, of(2, 0), 4, 16);
    GroupDroUpdate.Step step = rule.update(of(1, 0), counts(1, 1), 1);
    assertThat(step.weights()).containsExactly(of(2.0 / 3, 1.0 / 3), EXACT);
    assertThat(step.loss()).isCloseTo(2.0 / 3, EXACT);
  }

  @Test
  void averageLoss_startsAtTheFirstLossAndMovesByGammaWhereAGroupIsPresent() {
    GroupDroUpdate rule = rule(false, null, 5, 5);
    rule.update(of(2, 0), counts(1, 0), 1);
    assertThat(rule.averageLoss()).containsExactly(of(2, 0), EXACT);
    rule.update(of(0, 4), counts(0, 1), 1);
    assertThat(rule.averageLoss()).containsExactly(of(2, 4), EXACT);
    rule.update(of(4, 0), counts(1, 0), 1);
    assertThat(rule.averageLoss()).containsExactly(of(0.9 * 2 + 0.1 * 4, 4), EXACT);
  }

  @Test
  void greedy_takesTheWorstGroupsWhole_andFillsUpWithTheNext() {
    GroupDroUpdate rule = greedy(0.5, 0);
    // Shares 1/4, 1/4, 1/2 of the data; half of it: all of the worst, half of the next.
    GroupDroUpdate.Step step = rule.update(of(1, 3, 2), counts(1, 1, 1), 1);
    assertThat(step.weights()).containsExactly(of(0, 0.5, 0.5), EXACT);
    assertThat(step.loss()).isCloseTo(2.5, EXACT);
    assertThat(rule.probabilities()).containsExactly(of(1.0 / 3, 1.0 / 3, 1.0 / 3), EXACT);
  }

  @Test
  void greedy_leastShareOfThePlainMean_isMixedIn() {
    assertThat(greedy(0.5, 0.2).update(of(1, 3, 2), counts(1, 1, 1), 1).weights())
        .containsExactly(of(0.05, 0.45, 0.5), EXACT);
  }

  @Test
  void greedy_sortsByTheAdjustedLoss() {
    GroupDroUpdate rule =
        new GroupDroUpdate(
            new GroupDroUpdate.Settings(LN2, false, of(20, 0, 0), true, 0.25, 0.1, 0),
            counts(16, 16, 32));
    // 1 + 20 / 4 is above 3 and 2.
    assertThat(rule.update(of(1, 3, 2), counts(1, 1, 1), 1).weights())
        .containsExactly(of(1, 0, 0), EXACT);
  }

  @Test
  void greedy_coveringEverything_isThePlainMean() {
    assertThat(greedy(1, 0).update(of(1, 3, 2), counts(1, 1, 1), 1).weights())
        .containsExactly(of(0.25, 0.25, 0.5), EXACT);
  }

  @Test
  void state_isACopy_andRestoredGoesOnToTheSameBits() {
    GroupDroUpdate rule = rule(false, null, 5, 5);
    rule.update(of(1, 0), counts(1, 1), 1);
    GroupDroUpdate.State state = rule.state();
    rule.update(of(0.3, 0.7), counts(1, 1), 1);
    assertThat(state.probabilities()).containsExactly(of(2.0 / 3, 1.0 / 3), EXACT);
    GroupDroUpdate resumed = rule(false, null, 5, 5);
    resumed.restore(state);
    resumed.update(of(0.3, 0.7), counts(1, 1), 1);
    assertThat(resumed.probabilities()).containsExactly(rule.probabilities());
    assertThat(resumed.averageLoss()).containsExactly(rule.averageLoss());
    assertThat(state.averageLoss()).containsExactly(1, 0);
  }
}
