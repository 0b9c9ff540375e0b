package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeedsNeededTest {
  private static final double KNOWN = Double.POSITIVE_INFINITY;

  private static SeedsNeeded of(boolean paired, double effect, double deviation, double degrees) {
    LogRatio found = new LogRatio(paired, effect, deviation, deviation, degrees, paired ? 1 : 2);
    return SeedsNeeded.observed(found, 0.05);
  }

  /** Cohen's tables (as G*Power 3.1 prints them): two-sided 5 %, power 80 %. */
  @Test
  void knownSpread_isThatOfPrintedTables() {
    assertThat(of(true, 0.5, 1, KNOWN).seeds()).isEqualTo(34);
    assertThat(of(true, -0.8, 1, KNOWN).seeds()).isEqualTo(15);
    assertThat(of(true, 1, 1, KNOWN).seeds()).isEqualTo(10);
    assertThat(of(false, 0.5, Math.sqrt(2), KNOWN).seeds()).isEqualTo(64);
    assertThat(of(false, 0.8, Math.sqrt(2), KNOWN).seeds()).isEqualTo(26);
  }

  @Test
  void spreadOfFewSeeds_takesMore_theMoreTheFewer() {
    int known = of(true, 0.5, 1, KNOWN).seeds();
    int fromTwenty = of(true, 0.5, 1, 19).seeds();
    int fromFive = of(true, 0.5, 1, 4).seeds();
    int fromTwo = of(true, 0.5, 1, 1).seeds();
    assertThat(new int[] {known, fromTwenty, fromFive, fromTwo}).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void gap_isOfTheRatio_andObservedWhateverItsSign() {
    LogRatio found = LogRatio.paired(new double[] {10, 10, 10}, new double[] {9, 9.1, 8.9});
    SeedsNeeded asFound = SeedsNeeded.observed(found, 0.05);
    assertThat(asFound.observed()).isTrue();
    assertThat(asFound.gap()).isEqualTo(1 - found.ratio());
    assertThat(asFound.seeds()).isBetween(2, 3);
    SeedsNeeded small = SeedsNeeded.of(found, 0.01, 0.05);
    assertThat(small.gap()).isEqualTo(0.01);
    assertThat(small.seeds()).isGreaterThan(SeedsNeeded.of(found, 0.02, 0.05).seeds());
    assertThat(SeedsNeeded.of(found, 0.02, 0.01).seeds())
        .isGreaterThan(SeedsNeeded.of(found, 0.02, 0.05).seeds());
  }

  @Test
  void noGap_orATinyOne_hasNoNumber() {
    double[] same = {10, 11, 12};
    assertThat(SeedsNeeded.observed(LogRatio.paired(same, same), 0.05).seeds()).isNull();
    LogRatio wild = LogRatio.paired(new double[] {1, 1, 1}, new double[] {1, 9, 2});
    assertThat(SeedsNeeded.of(wild, 1e-4, 0.05).seeds()).isNull();
  }

  /** sqrt(2) x 2 % for a pair: log(1.02) / 0.0283 = 0.70. */
  @Test
  void oneSeed_assumesTheLiteraturesVariation() {
    LogRatio one = LogRatio.paired(new double[] {10}, new double[] {9});
    SeedsNeeded unknown = SeedsNeeded.of(one, 0.02, 0.05);
    assertThat(unknown.seeds()).isNull();
    SeedsNeeded assumed = unknown.assuming(0.02, one, 0.05);
    assertThat(assumed.assumedVariation()).isEqualTo(0.02);
    assertThat(assumed.seeds())
        .isEqualTo(of(true, Math.log(1.02), 0.02 * Math.sqrt(2), KNOWN).seeds())
        .isBetween(17, 20);
  }
}
