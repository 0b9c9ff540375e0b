package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.files.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MixtureTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final double REFERENCE = 0.05;

  private static ReweightConfigs options(String eta, Long warmup) {
    ReweightConfigs options = new ReweightConfigs();
    options.eta = eta;
    options.warmupSteps = warmup;
    options.trajectoryEvery = 1;
    return options;
  }

  private static Mixture mixture(ReweightConfigs options, int updates, int batch, long... counts) {
    Mixture mixture = new Mixture(options.doremi(), new Groups(counts));
    mixture.begin(updates, batch);
    return mixture;
  }

  /** One sample of every class with these margins. */
  private static void update(Mixture mixture, double... margins) {
    ExcessLoss excess = mixture.startStep();
    for (int c = 0; c < margins.length; c++) {
      excess.add(c, REFERENCE + margins[c], REFERENCE);
    }
    mixture.update(excess);
  }

  /** Two classes whose margins lie 4e-3 apart, with some noise. */
  private static double[] two(Random random) {
    return new double[] {3e-3 + 2e-4 * random.nextGaussian(), 7e-3 + 2e-4 * random.nextGaussian()};
  }

  /**
   * The table of the specification: ten classes, batches of 64, margins 3e-3 + d_c and noise of
   * 5e-3, d_c from -d to d.
   */
  private static final class Simulation {
    private static final int K = 10;
    private static final int BATCH = 64;
    private final double[] offsets = new double[K];
    private final double[] weights;
    private final double correlation;
    private final Mixture mixture;
    private final List<String> warnings;

    Simulation(double d, int updates, long seed) {
      ReweightConfigs options = options("auto", null);
      options.trajectoryEvery = 1000;
      long[] equal = new long[K];
      Arrays.fill(equal, 100);
      mixture = mixture(options, updates, BATCH, equal);
      Arrays.setAll(offsets, c -> d * (2.0 * c / (K - 1) - 1));
      Random random = new Random(seed);
      for (int s = 0; s < updates; s++) {
        ExcessLoss excess = mixture.startStep();
        for (int i = 0; i < BATCH; i++) {
          int c = random.nextInt(K);
          double margin = 3e-3 + offsets[c] + 5e-3 * random.nextGaussian();
          excess.add(c, REFERENCE + margin, REFERENCE);
        }
        mixture.update(excess);
      }
      weights = Arrays.stream(mixture.meanAlpha()).map(a -> K * a).toArray();
      correlation = correlation(weights, offsets);
      warnings = new Verdict(options.doremi(), mixture).warnings();
    }

    private static double correlation(double[] a, double[] b) {
      double meanA = Arrays.stream(a).average().orElseThrow();
      double meanB = Arrays.stream(b).average().orElseThrow();
      double ab = 0;
      double aa = 0;
      double bb = 0;
      for (int i = 0; i < a.length; i++) {
        ab += (a[i] - meanA) * (b[i] - meanB);
        aa += (a[i] - meanA) * (a[i] - meanA);
        bb += (b[i] - meanB) * (b[i] - meanB);
      }
      return ab / Math.sqrt(aa * bb);
    }

    double smallest() {
      return Arrays.stream(weights).min().orElseThrow();
    }

    double largest() {
      return Arrays.stream(weights).max().orElseThrow();
    }
  }

  @Test
  void simulation_clearSignal_spreadsTheWeightsInItsOrder() {
    Simulation brief = new Simulation(1e-3, 1000, 1);
    assertThat(brief.smallest()).isCloseTo(0.86, within(0.05));
    assertThat(brief.largest()).isCloseTo(1.17, within(0.05));
    assertThat(brief.correlation).isGreaterThan(0.97);
    assertThat(brief.mixture.counted()).isEqualTo(800);
    assertThat(brief.mixture.signalToNoise()).isBetween(5.0, 9.0);
    assertThat(brief.warnings).singleElement().asString().startsWith("800 updates counted");
    Simulation longer = new Simulation(1e-3, 3000, 2);
    assertThat(longer.smallest()).isCloseTo(0.73, within(0.04));
    assertThat(longer.largest()).isCloseTo(1.36, within(0.07));
    assertThat(longer.correlation).isGreaterThan(0.96);
    assertThat(longer.mixture.signalToNoise()).isBetween(7.0, 12.0);
    assertThat(longer.mixture.strength()).isCloseTo(0.3, EXACT);
    assertThat(longer.warnings).isEmpty();
    Simulation settled = new Simulation(1e-3, 20_000, 3);
    assertThat(settled.smallest()).isCloseTo(0.63, within(0.04));
    assertThat(settled.largest()).isCloseTo(1.73, within(0.15));
  }

  @Test
  void simulation_faintSignal_isFoundAllTheSame() {
    Simulation faint = new Simulation(3e-4, 3000, 4);
    assertThat(faint.smallest()).isCloseTo(0.76, within(0.06));
    assertThat(faint.largest()).isCloseTo(1.30, within(0.1));
    assertThat(faint.correlation).isGreaterThan(0.9);
    assertThat(faint.mixture.signalToNoise()).isBetween(1.7, 4.5);
  }

  @Test
  void simulation_noiseAlone_isNotScaledUp_andIsCalledNoise() {
    for (int updates : new int[] {3000, 20_000}) {
      Simulation noise = new Simulation(0, updates, 5);
      assertThat(noise.smallest()).isGreaterThan(0.88);
      assertThat(noise.largest()).isLessThan(1.15);
      assertThat(noise.mixture.signalToNoise()).isBetween(0.2, 1.5);
      assertThat(noise.mixture.strength()).isLessThan(0.23);
      assertThat(noise.warnings).anyMatch(w -> w.contains("the weights are noise"));
    }
  }

  @Test
  void etaAuto_atEveryCountedUpdate_aimsAtKappaOverTheLargerOfSpreadAndTwiceItsError() {
    Random random = new Random(1);
    ReweightConfigs options = options("auto", 10L);
    options.kappa = 0.5;
    options.smoothing = 1e-2;
    Mixture mixture = mixture(options, 100, 2, 50, 50);
    SignalStatistics own = new SignalStatistics(2, 1e-2);
    boolean spreadRules = false;
    boolean errorRules = false;
    for (int s = 0; s < 100; s++) {
      double[] margins = two(random);
      margins[0] += s % 2 == 0 ? 4e-3 : 0; // a noisy start
      double[] before = mixture.alpha();
      update(mixture, margins);
      if (s < 10) {
        assertThat(mixture.eta()).isZero();
        assertThat(mixture.alpha()).containsExactly(before);
        continue;
      }
      own.add(margins, 1); // from the end of the warm-up on
      double error = 2 * own.standardError();
      double divisor = Math.max(own.spread(), error);
      spreadRules |= divisor > error;
      errorRules |= divisor > own.spread();
      assertThat(mixture.eta()).isCloseTo(divisor > 0 ? 0.5e-2 / divisor : 0, within(1e-9));
      assertThat(mixture.counted()).isEqualTo(s - 9);
    }
    assertThat(spreadRules && errorRules).as("both cases were met").isTrue();
    assertThat(mixture.strength()).isCloseTo(mixture.eta() * own.spread() / 1e-2, within(1e-9));
  }

  @Test
  void etaFrozen_isKappaOverTheSpreadOfTheWarmUp_forTheWholeRun() {
    Random random = new Random(2);
    ReweightConfigs options = options("frozen", 5L);
    options.kappa = 0.7;
    options.smoothing = 1e-2;
    Mixture mixture = mixture(options, 100, 2, 50, 50);
    SignalStatistics warm = new SignalStatistics(2, 1e-2);
    for (int s = 0; s < 40; s++) {
      double[] margins = two(random);
      margins[1] += s < 5 ? 5e-3 : 0;
      update(mixture, margins);
      if (s < 5) {
        warm.add(margins, 1);
        assertThat(mixture.eta()).isZero();
      } else {
        assertThat(mixture.eta()).isCloseTo(0.7e-2 / warm.spread(), within(1e-9));
      }
    }
  }

  @Test
  void etaOfANumber_isThatNumberFromTheFirstCountedUpdateOn() {
    Mixture mixture = mixture(options("7", 2L), 10, 2, 50, 50);
    double[] etas = new double[4];
    for (int s = 0; s < etas.length; s++) {
      update(mixture, 1e-3, 2e-3);
      etas[s] = mixture.eta();
    }
    assertThat(etas).containsExactly(0, 0, 7, 7);
  }

  @Test
  void statistics_atTheWarmUpsEnd_startAnew() {
    Mixture mixture = mixture(options("1", 20L), 100, 2, 50, 50);
    Random random = new Random(3);
    for (int s = 0; s < 20; s++) {
      update(mixture, 0.9, 0.1);
    }
    assertThat(mixture.spread()).isCloseTo(0.4, within(1e-9));
    for (int s = 0; s < 10; s++) {
      update(mixture, two(random));
    }
    assertThat(mixture.spread()).isCloseTo(2e-3, within(2e-4));
  }

  @Test
  void shortBatch_movesTheMixtureByItsShareOfAWholeOne() {
    Mixture mixture = mixture(options("2", 0L), 100, 8, 50, 50);
    ExcessLoss excess = mixture.startStep();
    excess.add(0, 0.3, 0.1);
    excess.add(1, 0.2, 0.1);
    mixture.update(excess);
    // A quarter of a batch: eta 0.5, smoothing 0.25e-3.
    double first = Math.exp(0.5 * 0.2) / (Math.exp(0.5 * 0.2) + Math.exp(0.5 * 0.1));
    assertThat(mixture.alpha()[0]).isCloseTo((1 - 0.25e-3) * first + 0.25e-3 / 2, EXACT);
  }

  @Test
  void batchWithoutAFiniteLoss_movesNothing() {
    Mixture mixture = mixture(options("2", 0L), 100, 2, 30, 70);
    update(mixture, 0.2, 0.1);
    double[] before = mixture.alpha();
    mixture.update(mixture.startStep());
    assertThat(mixture.alpha()).containsExactly(before, EXACT);
  }

  @Test
  void classAbsentAfterTheWarmUp_isMovedByItsLastSignalInIt() {
    Mixture mixture = mixture(options("2", 1L), 100, 2, 50, 50);
    update(mixture, 0.1, 0.4);
    assertThat(mixture.signalToNoise()).isZero();
    ExcessLoss onlyTheFirst = mixture.startStep();
    onlyTheFirst.add(0, 0.2, 0.1);
    onlyTheFirst.add(0, 0.2, 0.1);
    mixture.update(onlyTheFirst);
    double second = Math.exp(0.8) / (Math.exp(0.2) + Math.exp(0.8));
    assertThat(mixture.alpha()[1]).isCloseTo((1 - 1e-3) * second + 1e-3 / 2, within(1e-9));
  }

  @Test
  void start_isTheFrequenciesOrUniform_overTheNonEmptyClasses() {
    ReweightConfigs options = options("1", 0L);
    assertThat(mixture(options, 10, 2, 30, 0, 70).alpha()).containsExactly(0.3, 0.7);
    options.init = InitialMixture.UNIFORM;
    assertThat(mixture(options, 10, 2, 30, 0, 70).alpha()).containsExactly(0.5, 0.5);
  }

  @Test
  void average_followsTheOption_andLeavesTheWarmUpOut() {
    for (Average average : Average.values()) {
      ReweightConfigs options = options("5", 3L);
      options.average = average;
      Mixture mixture = mixture(options, 20, 2, 30, 70);
      List<double[]> alphas = new ArrayList<>();
      for (int s = 0; s < 20; s++) {
        update(mixture, 0.2, 0.1);
        if (s >= 3) {
          alphas.add(mixture.alpha());
        }
      }
      if (average == Average.WITH_INITIAL) {
        alphas.add(new double[] {0.3, 0.7});
      }
      double mean = alphas.stream().mapToDouble(a -> a[0]).average().orElseThrow();
      assertThat(mixture.meanAlpha()[0]).as("%s", average).isCloseTo(mean, EXACT);
      assertThat(mean).isGreaterThan(0.31);
    }
  }

  @Test
  void clipAndAbsent_followTheOptions() {
    ReweightConfigs options = options("1", 0L);
    options.clip = Clip.NONE;
    options.absent = Absent.ZERO;
    Mixture mixture = mixture(options, 20, 2, 50, 50);
    update(mixture, -0.2, 0.1);
    double first = Math.exp(-0.2) / (Math.exp(-0.2) + Math.exp(0.1));
    first = (1 - 1e-3) * first + 1e-3 / 2;
    assertThat(mixture.alpha()[0]).isCloseTo(first, EXACT);
    ExcessLoss onlyTheSecond = mixture.startStep();
    onlyTheSecond.add(1, 0.3, 0.1);
    onlyTheSecond.add(1, 0.3, 0.1);
    mixture.update(onlyTheSecond);
    double second = first / (first + (1 - first) * Math.exp(0.2));
    assertThat(mixture.alpha()[0]).isCloseTo((1 - 1e-3) * second + 1e-3 / 2, EXACT);
  }

  /** Never of the last batch alone, however short it is. */
  @Test
  void endEpoch_givesMeansOverItsUpdates_andBeginsTheNextOne() {
    Mixture mixture = mixture(options("auto", 5L), 1000, 2, 50, 50);
    Random random = new Random(6);
    for (int epoch = 0; epoch < 3; epoch++) {
      double[] sums = new double[4];
      for (int s = 0; s < 20; s++) {
        double[] margins = two(random);
        margins[0] -= s < 5 ? 1 : 0; // 5 of 40 are below zero
        update(mixture, margins);
        sums[0] += mixture.eta() / 20;
        sums[1] += mixture.spread() / 20;
        sums[2] += mixture.standardError() / 20;
        sums[3] += mixture.strength() / 20;
      }
      Map<String, Double> notes = mixture.endEpoch();
      assertThat(notes.keySet())
          .containsExactly("eta", "spread", "standardError", "strength", "clippedShare");
      assertThat(notes.get("eta")).isCloseTo(sums[0], EXACT);
      assertThat(notes.get("spread")).isCloseTo(sums[1], EXACT);
      assertThat(notes.get("standardError")).isCloseTo(sums[2], EXACT);
      assertThat(notes.get("strength")).isCloseTo(sums[3], EXACT);
      assertThat(notes.get("clippedShare")).isCloseTo(5.0 / 40, EXACT);
    }
    assertThat(mixture.endEpoch().values()).as("an epoch without updates").containsOnly(0.0);
  }

  /** Twenty of a hundred updates are the warm-up: 0, 4, 8, 12 of the next four times 20 are cut. */
  @Test
  void clippedShares_areOfTheQuartersOfTheUpdatesThatCount() {
    Mixture mixture = mixture(options("1", 20L), 100, 2, 50, 50);
    for (int s = 0; s < 100; s++) {
      boolean cut = s < 20 || s % 20 < 4 * ((s - 20) / 20);
      update(mixture, cut ? -1e-3 : 1e-3, 2e-3);
    }
    for (int quarter = 0; quarter < 4; quarter++) {
      assertThat(mixture.clipped().quarter(quarter)).isCloseTo(0.1 * quarter, EXACT);
    }
    assertThat(mixture.clipped().shares()).containsExactly(new double[] {24 / 80.0, 0}, EXACT);
  }

  @Test
  void points_areRecordedAtTheirInterval_withEtaRatioAndWeights() {
    ReweightConfigs options = options("3", 4L);
    options.trajectoryEvery = 3;
    Mixture mixture = mixture(options, 20, 2, 30, 70);
    Random random = new Random(6);
    for (int s = 1; s <= 7; s++) {
      update(mixture, two(random));
      if (s == 6) {
        assertThat(mixture.points().get(1).signalToNoise())
            .isEqualTo(mixture.spread() / mixture.standardError());
        assertThat(mixture.points().get(1).weights())
            .containsExactly(
                new double[] {mixture.alpha()[0] / 0.3, mixture.alpha()[1] / 0.7}, EXACT);
      }
    }
    assertThat(mixture.points()).extracting(row -> row.step()).containsExactly(3L, 6L);
    assertThat(mixture.points()).extracting(row -> row.eta()).containsExactly(0.0, 3.0);
    assertThat(mixture.points().get(0).weights()).containsExactly(1, 1);
  }

  /** Law 4, at every step: within the warm-up, at its end, within an epoch. */
  @Test
  void stoppedAndResumedAnywhere_isTheUndisturbedRunBitForBit() {
    ReweightConfigs options = options("auto", null);
    options.absent = Absent.EMA;
    for (int stop = 0; stop <= 30; stop += 3) {
      Mixture undisturbed = mixture(options, 30, 3, 50, 50);
      Mixture resumed = mixture(options, 30, 3, 50, 50);
      Random random = new Random(7);
      for (int s = 0; s < 30; s++) {
        if (s == stop) {
          String state = Json.string(resumed.state());
          resumed = mixture(options, 30, 3, 50, 50);
          update(resumed, 0.5, 0.1); // forgotten
          resumed.restore(Json.parse(state, Mixture.State.class));
        }
        double[] margins = two(random);
        margins[0] += s < 9 ? 0.05 : -2e-3;
        update(undisturbed, margins);
        update(resumed, margins);
        if (s % 8 == 7) {
          assertThat(resumed.endEpoch()).isEqualTo(undisturbed.endEpoch());
        }
      }
      assertThat(Json.string(resumed.state())).isEqualTo(Json.string(undisturbed.state()));
      assertThat(undisturbed.counted()).isBetween(1L, 23L);
    }
  }
}
