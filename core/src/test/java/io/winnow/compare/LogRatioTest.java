package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Against scipy 1.17.1: {@code ttest_rel} and {@code ttest_ind} of the logarithms. */
class LogRatioTest {
  private static final double[] A = {10, 12, 11, 13, 9.5};
  private static final double[] B = {9, 11.5, 10.8, 11.9, 9.1};
  private static final double[] C = {9, 11.5, 10.8};

  @Test
  void paired_isScipys() {
    LogRatio found = LogRatio.paired(A, B);
    assertThat(found.mean()).isCloseTo(-0.05953952223451262, within(1e-14));
    assertThat(found.deviation()).isCloseTo(0.03602453742723418, within(1e-14));
    assertThat(found.mean() / found.standardError()).isCloseTo(-3.695659363653124, within(1e-11));
    assertThat(found.degrees()).isEqualTo(4);
    assertThat(found.pValue()).isCloseTo(0.02091475837761407, within(1e-12));
    assertThat(found.interval(0.05).low()).isCloseTo(Math.exp(-0.10426989340985335), within(1e-12));
    assertThat(found.interval(0.05).high())
        .isCloseTo(Math.exp(-0.014809151059171896), within(1e-12));
    assertThat(found.ratio()).isCloseTo(Math.exp(-0.05953952223451262), within(1e-14));
  }

  @Test
  void unpaired_isScipysWelch() {
    LogRatio found = LogRatio.unpaired(A, C);
    assertThat(found.mean() / found.standardError()).isCloseTo(-0.6497192608062384, within(1e-12));
    assertThat(found.degrees()).isCloseTo(4.3738509705218025, within(1e-12));
    assertThat(found.pValue()).isCloseTo(0.5484298737880177, within(1e-12));
    assertThat(found.interval(0.05).low()).isCloseTo(Math.exp(-0.3111630375110352), within(1e-12));
    assertThat(found.interval(0.01).high()).isCloseTo(Math.exp(0.3448816883184486), within(1e-12));
    assertThat(found.verdict(0.05)).isEqualTo(Verdict.CANNOT_TELL);
  }

  @Test
  void verdict_isThatOfTheInterval_andTurnsWithTheSides() {
    assertThat(LogRatio.paired(A, B).verdict(0.05)).isEqualTo(Verdict.BETTER);
    assertThat(LogRatio.paired(B, A).verdict(0.05)).isEqualTo(Verdict.WORSE);
    assertThat(LogRatio.paired(A, B).verdict(0.021)).isEqualTo(Verdict.BETTER); // p is 0.0209
    assertThat(LogRatio.paired(A, B).verdict(0.0208)).isEqualTo(Verdict.CANNOT_TELL);
    assertThat(LogRatio.paired(A, B).interval(0.0208).high()).isGreaterThan(1);
    assertThat(LogRatio.paired(A, B).interval(0.021).high()).isLessThan(1);
    assertThat(LogRatio.paired(B, A).ratio())
        .isCloseTo(1 / LogRatio.paired(A, B).ratio(), within(1e-14));
  }

  @Test
  void oneSeed_tellsNothing() {
    for (LogRatio found :
        new LogRatio[] {
          LogRatio.paired(new double[] {10}, new double[] {1}),
          LogRatio.unpaired(new double[] {10}, new double[] {1, 1.01, 0.99})
        }) {
      assertThat(found.measured()).isFalse();
      assertThat(found.verdict(0.05)).isEqualTo(Verdict.CANNOT_TELL);
      assertThat(found.pValue()).isNaN();
      assertThat(found.ratio()).isCloseTo(0.1, within(2e-4));
      assertThatThrownBy(() -> found.interval(0.05)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void equalValues_areNoDifference() {
    LogRatio found = LogRatio.paired(A, A);
    assertThat(found.verdict(0.05)).isEqualTo(Verdict.CANNOT_TELL);
    assertThat(found.pValue()).isEqualTo(1);
    assertThat(found.interval(0.05)).isEqualTo(new LogRatio.Interval(1, 1));
    double[] same = {3, 3};
    LogRatio apart = LogRatio.unpaired(same, same);
    assertThat(apart.degrees()).isEqualTo(2);
    assertThat(apart.verdict(0.05)).isEqualTo(Verdict.CANNOT_TELL);
    LogRatio other = LogRatio.paired(same, new double[] {6, 6});
    assertThat(other.pValue()).isZero();
    assertThat(other.verdict(0.05)).isEqualTo(Verdict.WORSE);
  }

  @Test
  void pairsOfUnequalNumbers_areRefused() {
    assertThatThrownBy(() -> LogRatio.paired(A, C))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 and 3");
    assertThatThrownBy(() -> LogRatio.paired(new double[0], new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
