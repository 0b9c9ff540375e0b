package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignalStatisticsTest {
  private static final double NONE = Double.NaN;

  /** All signals at once, by the definition: weights d^age s, sums over everything seen. */
  private static double[] byDefinition(List<double[]> signals, List<Double> shares, double tau) {
    int k = signals.get(0).length;
    double[] means = new double[k];
    double squaredErrors = 0;
    for (int c = 0; c < k; c++) {
      double w = 0;
      double d = 0;
      double q = 0;
      double sum = 0;
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < signals.size(); i++) {
          double x = signals.get(i)[c];
          if (!Double.isNaN(x)) {
            double decay = Math.pow(1 - 1 / tau, signals.size() - 1 - i);
            double s = shares.get(i);
            w += pass == 0 ? decay * s : 0;
            d += pass == 0 ? decay : 0;
            q += pass == 0 ? decay * decay * s : 0;
            sum += pass == 0 ? decay * s * x : decay * s * (x - means[c]) * (x - means[c]);
          }
        }
        if (pass == 0) {
          means[c] = sum / w;
          sum = 0;
        }
      }
      squaredErrors += sum / (d - q / w) * q / (w * w);
    }
    double middle = Arrays.stream(means).average().orElseThrow();
    double mad = Arrays.stream(means).map(m -> Math.abs(m - middle)).average().orElseThrow();
    return new double[] {mad, Math.sqrt(squaredErrors / k)};
  }

  /** The time constant is 1/c, and 500 where that is shorter. */
  @ParameterizedTest
  @CsvSource({"1e-3, 1000", "1e-2, 500", "0.5, 500", "2e-3, 500"})
  void spreadAndError_ofManyUpdates_areThoseOfTheDefinition(double smoothing, double tau) {
    Random random = new Random(3);
    SignalStatistics statistics = new SignalStatistics(3, smoothing);
    List<double[]> signals = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (int i = 0; i < 700; i++) {
      double[] x = {
        random.nextGaussian(), i % 3 == 0 ? NONE : 5 + random.nextGaussian(), 2 + 0.01 * i
      };
      double share = i % 7 == 6 ? 0.25 : 1;
      statistics.add(x, share);
      signals.add(x);
      shares.add(share);
    }
    double[] expected = byDefinition(signals, shares, tau);
    assertThat(statistics.spread()).isCloseTo(expected[0], within(1e-9));
    assertThat(statistics.standardError()).isCloseTo(expected[1], within(1e-9));
  }

  @Test
  void earlyOn_meansAreNearlyPlain_andTheErrorThatOfAMean() {
    SignalStatistics statistics = new SignalStatistics(2, 1e-9);
    statistics.add(new double[] {1, 10}, 1);
    statistics.add(new double[] {3, 12}, 1);
    statistics.add(new double[] {5, 14}, 1);
    // Means 3 and 12, variance 4 each: MAD 4.5, SE sqrt(4 / 3).
    assertThat(statistics.spread()).isCloseTo(4.5, within(1e-6));
    assertThat(statistics.standardError()).isCloseTo(Math.sqrt(4 / 3.0), within(1e-6));
  }

  @Test
  void beforeTwoClassesHaveTwoSignals_thereIsNoSpread() {
    SignalStatistics statistics = new SignalStatistics(3, 1e-3);
    assertThat(statistics.spread()).isZero();
    assertThat(statistics.standardError()).isZero();
    statistics.add(new double[] {1, 2, NONE}, 1);
    assertThat(statistics.spread()).isZero();
    assertThat(statistics.standardError()).isZero();
    statistics.add(new double[] {2, NONE, 7}, 1);
    assertThat(statistics.spread()).isZero();
    statistics.add(new double[] {NONE, 4, NONE}, 1);
    // Class 2 with its one signal is left out: means near 1.5 and 3.
    assertThat(statistics.spread()).isCloseTo(0.75, within(2e-3));
  }

  @Test
  void classes_thatAreNotSeenForLong_keepTheirMeansAndErrors() {
    SignalStatistics statistics = new SignalStatistics(2, 1e-2);
    statistics.add(new double[] {1, 5}, 1);
    statistics.add(new double[] {2, 6}, 1);
    double spread = statistics.spread();
    double error = statistics.standardError();
    for (int i = 0; i < 6000; i++) {
      statistics.add(new double[] {NONE, NONE}, 1);
    }
    assertThat(statistics.spread()).isCloseTo(spread, within(1e-9));
    assertThat(statistics.standardError()).isCloseTo(error, within(1e-9));
  }

  @Test
  void variance_ofShortBatches_isThatOfAWholeOne() {
    Random random = new Random(8);
    SignalStatistics whole = new SignalStatistics(2, 1e-5);
    SignalStatistics quarter = new SignalStatistics(2, 1e-5);
    for (int i = 0; i < 4000; i++) {
      whole.add(new double[] {random.nextGaussian(), random.nextGaussian()}, 1);
      quarter.add(new double[] {2 * random.nextGaussian(), 2 * random.nextGaussian()}, 0.25);
    }
    // Quarter batches have twice the deviation: the same variance per whole batch, 4 times the
    // SE^2.
    assertThat(quarter.standardError() / whole.standardError()).isCloseTo(2, within(0.1));
  }

  @Test
  void state_isACopy_andRestoredGoesOnToTheSameBits() {
    SignalStatistics statistics = new SignalStatistics(2, 1e-3);
    statistics.add(new double[] {1, 2}, 1);
    statistics.add(new double[] {2, 5}, 0.5);
    SignalStatistics.State state = statistics.state();
    double spread = statistics.spread();
    statistics.add(new double[] {4, NONE}, 1);
    SignalStatistics resumed = new SignalStatistics(2, 1e-3);
    resumed.restore(state);
    assertThat(resumed.spread()).isEqualTo(spread);
    resumed.add(new double[] {4, NONE}, 1);
    assertThat(resumed.spread()).isEqualTo(statistics.spread());
    assertThat(resumed.standardError()).isEqualTo(statistics.standardError());
  }
}
