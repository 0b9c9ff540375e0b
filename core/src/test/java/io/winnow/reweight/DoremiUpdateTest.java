package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By hand where it can be; with eta = ln 2 a signal of 1 doubles a share. */
class DoremiUpdateTest {
  private static final double LN2 = Math.log(2);
  private static final double NONE = Double.NaN;
  private static final Offset<Double> EXACT = within(1e-12);

  private static DoremiUpdate rule(double smoothing, Absent absent, double... start) {
    return new DoremiUpdate(start, 0, smoothing, absent, Average.AFTER_UPDATE);
  }

  private static double[] of(double... values) {
    return values;
  }

  /** alpha_c 2^lambda_c, brought to sum 1, then mixed with 1/K: the product form of the update. */
  private static double[] product(double[] alpha, double[] lambda, double smoothing) {
    double[] next = new double[alpha.length];
    double sum = 0;
    for (int c = 0; c < next.length; c++) {
      next[c] = alpha[c] * Math.pow(2, lambda[c]);
      sum += next[c];
    }
    for (int c = 0; c < next.length; c++) {
      next[c] = (1 - smoothing) * next[c] / sum + smoothing / next.length;
    }
    return next;
  }

  @Test
  void update_signalOfOne_doublesTheShareBeforeSmoothing() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 0.5, 0.5);
    rule.update(of(1, 0), LN2, 1);
    // 2 : 1 is (2/3, 1/3); 0.9 of it and 0.1 of (1/2, 1/2).
    assertThat(rule.alpha()).containsExactly(of(0.65, 0.35), EXACT);
    assertThat(rule.signals()).containsExactly(1, 0);
    assertThat(rule.steps()).isEqualTo(1);
  }

  @Test
  void updates_ofRandomSignals_areThoseOfTheProductForm() {
    Random random = new Random(4);
    DoremiUpdate rule = rule(0.03, Absent.LAST, 0.1, 0.2, 0.3, 0.4);
    double[] expected = {0.1, 0.2, 0.3, 0.4};
    for (int s = 0; s < 200; s++) {
      double[] signals = random.doubles(4, 0, 3).toArray();
      rule.update(signals, LN2, 1);
      expected = product(expected, signals, 0.03);
      assertThat(rule.alpha()).as("step %d", s).containsExactly(expected, EXACT);
    }
  }

  @Test
  void update_largeSignals_doNotOverflow() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 0.5, 0.5);
    rule.update(of(5000, 4999), LN2, 1);
    assertThat(rule.alpha()).containsExactly(of(0.65, 0.35), EXACT);
  }

  @Test
  void start_whoseSumIsOneWithinRounding_isLeftAsItIs() {
    assertThat(rule(0.1, Absent.LAST, 0.5, 0.5 + 1e-10).alpha()).containsExactly(0.5, 0.5 + 1e-10);
    assertThat(rule(0.1, Absent.LAST, 1, 3).alpha()).containsExactly(0.25, 0.75);
  }

  @Test
  void absentLast_isMovedByItsLastSignalAgain() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 0.5, 0.5);
    rule.update(of(1, 0), LN2, 1);
    rule.update(of(NONE, 0), LN2, 1);
    assertThat(rule.alpha()).containsExactly(product(of(0.65, 0.35), of(1, 0), 0.1), EXACT);
    assertThat(rule.signals()).containsExactly(1, 0);
  }

  @Test
  void absentZero_isMovedByTheRenormalisationAlone() {
    DoremiUpdate rule = rule(0.1, Absent.ZERO, 0.5, 0.5);
    rule.update(of(1, 0), LN2, 1);
    rule.update(of(NONE, 2), LN2, 1);
    assertThat(rule.alpha()).containsExactly(product(of(0.65, 0.35), of(0, 2), 0.1), EXACT);
  }

  @Test
  void absentSkip_keepsItsShareAndTheOthersDivideTheirs() {
    DoremiUpdate rule = rule(0.1, Absent.SKIP, 0.5, 0.3, 0.2);
    rule.update(of(NONE, 1, 0), LN2, 1);
    // 0.6 : 0.2 of a mass of 0.5: 0.5 * (0.9 * (0.75, 0.25) + 0.1 * (0.5, 0.5)).
    assertThat(rule.alpha()).containsExactly(of(0.5, 0.3625, 0.1375), EXACT);
    rule.update(of(NONE, NONE, NONE), LN2, 1);
    assertThat(rule.alpha()).containsExactly(of(0.5, 0.3625, 0.1375), EXACT);
  }

  @Test
  void absentEma_takesTheFirstSignalWholeAndATenthOfEveryNext() {
    DoremiUpdate rule = rule(0.1, Absent.EMA, 0.5, 0.5);
    rule.update(of(1, 0), LN2, 1);
    assertThat(rule.signals()).containsExactly(1, 0);
    rule.update(of(2, NONE), LN2, 1);
    assertThat(rule.signals()).containsExactly(of(1.1, 0), EXACT);
    assertThat(rule.alpha()).containsExactly(product(of(0.65, 0.35), of(1.1, 0), 0.1), EXACT);
    rule.update(of(NONE, 4), LN2, 1);
    assertThat(rule.signals()).containsExactly(of(1.1, 0.4), EXACT);
  }

  @Test
  void withoutEma_takesEverySignalWhole() {
    for (Absent absent : new Absent[] {Absent.LAST, Absent.ZERO, Absent.SKIP}) {
      DoremiUpdate rule = rule(0.1, absent, 0.5, 0.5);
      rule.update(of(1, 0), LN2, 1);
      rule.update(of(2, 5), LN2, 1);
      assertThat(rule.signals()).as("%s", absent).containsExactly(2, 5);
    }
  }

  @Test
  void class_neverSeen_isMovedByTheInitialSignal() {
    DoremiUpdate rule = new DoremiUpdate(of(0.5, 0.5), 2, 0.1, Absent.LAST, Average.AFTER_UPDATE);
    rule.update(of(NONE, 1), LN2, 1);
    assertThat(rule.alpha()).containsExactly(product(of(0.5, 0.5), of(2, 1), 0.1), EXACT);
  }

  @Test
  void halfABatch_countsAsHalfAnUpdate_inStepAndSmoothing() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 0.5, 0.5);
    rule.update(of(2, 0), LN2, 0.5);
    // 2^(2/2) : 1, and 0.05 of the uniform mixture.
    assertThat(rule.alpha()).containsExactly(product(of(0.5, 0.5), of(1, 0), 0.05), EXACT);
    assertThat(rule.signals()).containsExactly(2, 0);
  }

  @Test
  void mean_afterUpdate_leavesTheStartOut_withInitialTakesItIn() {
    DoremiUpdate after = rule(0.1, Absent.LAST, 0.5, 0.5);
    DoremiUpdate with = new DoremiUpdate(of(0.5, 0.5), 0, 0.1, Absent.LAST, Average.WITH_INITIAL);
    assertThat(after.mean()).containsExactly(0.5, 0.5);
    assertThat(with.mean()).containsExactly(0.5, 0.5);
    double[] second = product(of(0.65, 0.35), of(0, 3), 0.1);
    for (DoremiUpdate rule : new DoremiUpdate[] {after, with}) {
      rule.update(of(1, 0), LN2, 1);
      rule.update(of(0, 3), LN2, 1);
    }
    assertThat(after.mean()[0]).isCloseTo((0.65 + second[0]) / 2, EXACT);
    assertThat(with.mean()[0]).isCloseTo((0.5 + 0.65 + second[0]) / 3, EXACT);
    assertThat(Arrays.stream(with.mean()).sum()).isCloseTo(1, EXACT);
  }

  @Test
  void hold_keepsTheMixtureAndItsMean_andRemembersTheSignal() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 0.7, 0.3);
    rule.hold(of(1, NONE));
    rule.hold(of(NONE, 3));
    assertThat(rule.alpha()).containsExactly(0.7, 0.3);
    assertThat(rule.mean()).containsExactly(0.7, 0.3);
    assertThat(rule.steps()).isZero();
    rule.update(of(NONE, NONE), LN2, 1);
    double[] moved = product(of(0.7, 0.3), of(1, 3), 0.1);
    assertThat(rule.alpha()).containsExactly(moved, EXACT);
    assertThat(rule.mean()).containsExactly(moved, EXACT);
  }

  @Test
  void start_thatDoesNotSumToOne_isNormalisedAsThePeerDoes() {
    DoremiUpdate rule = rule(0.1, Absent.LAST, 20, 10, 10);
    assertThat(rule.alpha()).containsExactly(0.5, 0.25, 0.25);
    assertThat(rule.mean()).containsExactly(0.5, 0.25, 0.25);
    rule.update(of(0, 0, 0), LN2, 1);
    assertThat(rule.alpha()).containsExactly(product(of(0.5, 0.25, 0.25), of(0, 0, 0), 0.1), EXACT);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void start_withAShareThatIsNoPositiveNumber_isRefused(double share) {
    assertThatThrownBy(() -> rule(0.1, Absent.LAST, 0.5, share))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[0.5, " + share + "]")
        .hasMessageContaining("leave empty classes out");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -1e-3, Double.NaN})
  void smoothing_outsideItsRange_isRefused(double smoothing) {
    assertThatThrownBy(() -> rule(smoothing, Absent.LAST, 0.5, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reweight.smoothing: " + smoothing)
        .hasMessageContaining("1e-3");
  }

  @Test
  void alpha_underEveryOption_staysOnTheSimplexAboveTheFloor() {
    Random random = new Random(9);
    for (Absent absent : Absent.values()) {
      DoremiUpdate rule = rule(1e-3, absent, 0.25, 0.25, 0.25, 0.25);
      for (int s = 0; s < 500; s++) {
        double[] signals = random.doubles(4, 0, 1).toArray();
        signals[s % 4] = NONE;
        rule.update(signals, 20, 1);
        assertThat(Arrays.stream(rule.alpha()).sum()).as("%s", absent).isCloseTo(1, EXACT);
        assertThat(Arrays.stream(rule.alpha()).min().orElseThrow())
            .as("%s", absent)
            .isGreaterThanOrEqualTo(absent == Absent.SKIP ? 0 : 1e-3 / 4 - 1e-15);
      }
    }
  }

  @Test
  void etaZero_staysIfUniform_andDriftsToUniformAtTheSmoothingsRate() {
    DoremiUpdate uniform = rule(0.1, Absent.LAST, 0.25, 0.25, 0.25, 0.25);
    DoremiUpdate skewed = rule(0.1, Absent.LAST, 0.7, 0.1, 0.1, 0.1);
    double expected = 0.7;
    for (int s = 0; s < 30; s++) {
      uniform.update(of(1, 2, 3, 4), 0, 1);
      skewed.update(of(1, 2, 3, 4), 0, 1);
      expected += 0.1 * (0.25 - expected);
      assertThat(skewed.alpha()[0]).isCloseTo(expected, EXACT);
    }
    assertThat(uniform.alpha()).containsExactly(of(0.25, 0.25, 0.25, 0.25), EXACT);
  }

  /** Fixed point: K alpha = 1 / (1 - eta (lambda - mean of lambda under alpha) / c). */
  @Test
  void oneClassAhead_risesToTheFixedPoint_whileTheOthersFallAlike() {
    double ahead = 0.3e-3;
    double[] equal = new double[10];
    Arrays.fill(equal, 0.1);
    DoremiUpdate rule = rule(1e-3, Absent.LAST, equal);
    double[] signals = new double[10];
    signals[2] = ahead;
    double before = 0.1;
    for (int s = 0; s < 20_000; s++) {
      rule.update(signals, 1, 1);
      double now = rule.alpha()[2];
      assertThat(now).isGreaterThanOrEqualTo(before - 1e-15);
      before = now;
    }
    double[] alpha = rule.alpha();
    assertThat(alpha[0]).isCloseTo(alpha[9], EXACT);
    double fixed = 1 / (1 - (ahead - ahead * alpha[2]) / 1e-3);
    assertThat(10 * alpha[2]).isCloseTo(fixed, within(0.01)).isGreaterThan(1.3);
  }

  @Test
  void labelsPermuted_permuteTheMixture() {
    DoremiUpdate one = rule(1e-2, Absent.LAST, 0.1, 0.2, 0.3, 0.4);
    DoremiUpdate two = rule(1e-2, Absent.LAST, 0.4, 0.3, 0.2, 0.1);
    for (int s = 0; s < 200; s++) {
      one.update(of(1e-3, 5e-3, 0, 2e-3), 1, 1);
      two.update(of(2e-3, 0, 5e-3, 1e-3), 1, 1);
    }
    double[] a = one.mean();
    assertThat(two.mean()).containsExactly(of(a[3], a[2], a[1], a[0]), EXACT);
  }

  @Test
  void state_isACopy_andRestoredGoesOnToTheSameBits() {
    DoremiUpdate rule = rule(0.1, Absent.EMA, 0.5, 0.5);
    rule.update(of(1, NONE), LN2, 1);
    DoremiUpdate.State state = rule.state();
    rule.update(of(3, 1), LN2, 1);
    assertThat(state.steps()).isEqualTo(1);
    assertThat(state.alpha()).containsExactly(of(0.65, 0.35), EXACT);
    assertThat(state.seen()).containsExactly(true, false);
    DoremiUpdate resumed = rule(0.1, Absent.EMA, 0.5, 0.5);
    resumed.restore(state);
    resumed.update(of(3, 1), LN2, 1);
    assertThat(resumed.alpha()).containsExactly(rule.alpha());
    assertThat(resumed.mean()).containsExactly(rule.mean());
    assertThat(resumed.signals()).containsExactly(rule.signals());
    assertThat(resumed.steps()).isEqualTo(2);
    assertThat(state.alpha()).containsExactly(of(0.65, 0.35), EXACT);
  }
}
