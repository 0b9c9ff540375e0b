package io.winnow.compare;

import java.util.Arrays;
import java.util.Locale;

/**
 * The mean logarithm of B's distance over A's, and how well it is known.
 *
 * <p>Distances vary by a factor from seed to seed, so their logarithms are taken as normal; the
 * ratio is that of geometric means.
 *
 * @param paired whether every value of A has one of B that shares its seed
 * @param mean of the log ratio
 * @param deviation standard deviation of the log ratio of one run of B over one of A; NaN where
 *     nothing is known of it
 * @param standardError of the mean
 * @param degrees of freedom of the standard error; 0 where nothing is known of it
 * @param degreesPerSeed degrees of freedom that another seed on both sides adds: 1 of pairs, 1 to 2
 *     otherwise
 */
public record LogRatio(
    boolean paired,
    double mean,
    double deviation,
    double standardError,
    double degrees,
    double degreesPerSeed) {

  /** A range of ratios. */
  public record Interval(double low, double high) {
    /** For people, to a thousandth. */
    public String words() {
      return String.format(Locale.ROOT, "%.3f to %.3f", low, high);
    }
  }

  /**
   * The paired t test.
   *
   * @param a distances above 0, at least one
   * @param b the same of the other side, in the same order of seeds
   */
  public static LogRatio paired(double[] a, double[] b) {
    if (a.length != b.length || a.length == 0) {
      throw new IllegalArgumentException(
          "pairs of distances: %d and %d; expected as many of both, at least one"
              .formatted(a.length, b.length));
    }
    double[] ratios = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      ratios[i] = Math.log(b[i]) - Math.log(a[i]);
    }
    double deviation = Math.sqrt(variance(ratios));
    double error = deviation / Math.sqrt(a.length);
    return new LogRatio(true, mean(ratios), deviation, error, a.length - 1, 1);
  }

  /**
   * Welch's t test, for sides that share no seeds; variances may differ.
   *
   * @param a distances above 0, at least one
   * @param b the same of the other side
   */
  public static LogRatio unpaired(double[] a, double[] b) {
    double[] logA = Arrays.stream(a).map(Math::log).toArray();
    double[] logB = Arrays.stream(b).map(Math::log).toArray();
    double mean = mean(logB) - mean(logA);
    if (a.length < 2 || b.length < 2) {
      return new LogRatio(false, mean, Double.NaN, Double.NaN, 0, 1);
    }
    double varA = variance(logA);
    double varB = variance(logB);
    double ofA = varA / a.length;
    double ofB = varB / b.length;
    double square = ofA + ofB;
    double degrees =
        square == 0
            ? a.length + b.length - 2
            : square * square / (ofA * ofA / (a.length - 1) + ofB * ofB / (b.length - 1));
    double both = varA + varB;
    double perSeed = both == 0 ? 2 : both * both / (varA * varA + varB * varB);
    return new LogRatio(false, mean, Math.sqrt(both), Math.sqrt(square), degrees, perSeed);
  }

  /** Whether the spread was measured: without it there is neither interval nor verdict. */
  public boolean measured() {
    return degrees > 0;
  }

  /** B's distance over A's. */
  public double ratio() {
    return Math.exp(mean);
  }

  /** Probability of a mean as far from 0 where there is no difference; NaN if not measured. */
  public double pValue() {
    if (!measured()) {
      return Double.NaN;
    }
    return mean == 0 ? 1 : StudentT.twoSided(mean / standardError, degrees);
  }

  /**
   * The ratios that the test does not refuse.
   *
   * @param errorRate two-sided, in (0, 1)
   * @throws IllegalStateException if not measured
   */
  public Interval interval(double errorRate) {
    if (!measured()) {
      throw new IllegalStateException("no interval: the spread over seeds was not measured");
    }
    double half = StudentT.critical(errorRate, degrees) * standardError;
    return new Interval(Math.exp(mean - half), Math.exp(mean + half));
  }

  /**
   * What can be said.
   *
   * @param errorRate two-sided: how often better or worse is said where there is no difference
   */
  public Verdict verdict(double errorRate) {
    if (!measured() || !(pValue() < errorRate)) {
      return Verdict.CANNOT_TELL;
    }
    return mean < 0 ? Verdict.BETTER : Verdict.WORSE;
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** Of a sample, by n - 1; NaN of one value. */
  static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
  }
}
