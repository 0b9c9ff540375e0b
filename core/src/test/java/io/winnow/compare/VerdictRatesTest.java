package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What is promised, tried: lognormal distances, of which pairs share a part that comes from the
 * seed. Deterministic; bounds are three standard errors of the counts.
 */
class VerdictRatesTest {
  private static final double RATE = 0.05;
  private static final double SEED_EFFECT = 0.2;

  private final Random random = new Random(20_260_615);

  /** Distances of B over those of A differ by a factor e^gap. */
  private double[][] runs(int countA, int countB, double gap, double spreadA, double spreadB) {
    double[][] values = {new double[countA], new double[countB]};
    for (int i = 0; i < Math.max(countA, countB); i++) {
      double ofSeed = SEED_EFFECT * random.nextGaussian();
      if (i < countA) {
        values[0][i] = 10 * Math.exp(ofSeed + spreadA * random.nextGaussian());
      }
      if (i < countB) {
        values[1][i] = 10 * Math.exp(gap + ofSeed + spreadB * random.nextGaussian());
      }
    }
    return values;
  }

  private static double limit(double rate, int trials) {
    return rate + 3 * Math.sqrt(rate * (1 - rate) / trials);
  }

  @Test
  void falseAlarms_ofPairs_areTheErrorRate() {
    int trials = 4000;
    for (int seeds : new int[] {2, 3, 5, 20}) {
      int alarms = 0;
      int better = 0;
      for (int i = 0; i < trials; i++) {
        double[][] runs = runs(seeds, seeds, 0, 0.02, 0.02);
        Verdict verdict = LogRatio.paired(runs[0], runs[1]).verdict(RATE);
        alarms += verdict == Verdict.CANNOT_TELL ? 0 : 1;
        better += verdict == Verdict.BETTER ? 1 : 0;
      }
      double share = (double) alarms / trials;
      assertThat(share).as(seeds + " seeds").isBetween(0.04, limit(RATE, trials));
      assertThat((double) better / alarms)
          .as(seeds + " seeds, of them better")
          .isBetween(0.35, 0.65);
    }
  }

  @Test
  void falseAlarms_withoutPairs_areAtMostTheErrorRate_withUnequalSpreadsToo() {
    int trials = 4000;
    int[][] counts = {{3, 3}, {5, 5}, {4, 10}, {20, 20}};
    for (int[] n : counts) {
      for (double spreadB : new double[] {0.02, 0.4}) {
        int alarms = 0;
        for (int i = 0; i < trials; i++) {
          double[] a = runs(n[0], 1, 0, 0.02, 0.02)[0];
          double[] b = runs(1, n[1], 0, 0.02, spreadB)[1];
          alarms += LogRatio.unpaired(a, b).verdict(RATE) == Verdict.CANNOT_TELL ? 0 : 1;
        }
        assertThat((double) alarms / trials)
            .as("%d and %d runs, spread %s", n[0], n[1], spreadB)
            .isLessThan(limit(0.055, trials)); // Welch's degrees are an approximation
      }
    }
  }

  /** Seeds are counted from few runs, then as many are run anew; their power is exact. */
  @Test
  void power_ofAsManySeedsAsCounted_isReachedOnAverage() {
    int pilots = 100;
    double gap = Math.log1p(0.05);
    for (int first : new int[] {3, 6}) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < pilots; i++) {
        double[][] pilot = runs(first, first, 0, 0.03, 0.03);
        int seeds = SeedsNeeded.of(LogRatio.paired(pilot[0], pilot[1]), 0.05, RATE).seeds();
        double noncentrality = gap / (0.03 * Math.sqrt(2)) * Math.sqrt(seeds);
        double power = TestPower.of(seeds - 1, noncentrality, RATE);
        sum += power;
        squares += power * power;
      }
      double mean = sum / pilots;
      double error = Math.sqrt((squares / pilots - mean * mean) / pilots);
      assertThat(mean).as(first + " seeds first").isBetween(0.8 - 3 * error, 0.9);
    }
  }

  /** With the true spread the number is the smallest that reaches the power. */
  @Test
  void power_ofKnownSpread_isReachedAndNotByOneSeedLess() {
    double gap = 0.05;
    double deviation = 0.03 * Math.sqrt(2);
    LogRatio known = new LogRatio(true, Math.log1p(gap), deviation, 1, Double.POSITIVE_INFINITY, 1);
    int seeds = SeedsNeeded.observed(known, RATE).seeds();
    int trials = 20_000;
    double error = 3 * Math.sqrt(0.16 / trials);
    assertThat(share(seeds, gap, trials)).isGreaterThan(SeedsNeeded.POWER - error);
    assertThat(share(seeds - 1, gap, trials)).isLessThan(SeedsNeeded.POWER + error);
  }

  private double share(int seeds, double gap, int trials) {
    int found = 0;
    for (int i = 0; i < trials; i++) {
      double[][] runs = runs(seeds, seeds, Math.log1p(gap), 0.03, 0.03);
      found += LogRatio.paired(runs[0], runs[1]).verdict(RATE) == Verdict.WORSE ? 1 : 0;
    }
    return (double) found / trials;
  }
}
