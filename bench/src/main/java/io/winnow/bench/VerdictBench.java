package io.winnow.bench;

import io.winnow.compare.Comparison;
import io.winnow.compare.LogRatio;
import io.winnow.compare.Question;
import io.winnow.compare.SeedsNeeded;
import io.winnow.compare.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * How often the verdict of {@code winnow compare} is right, by drawing smaller comparisons from two
 * cells with many common seeds: {@code --a DIR --b DIR}.
 *
 * <p>Without a difference: A's own runs in two disjoint groups (Welch's test), and pairs whose
 * sides are swapped at random, after the mean difference was taken out (paired test). With one:
 * pairs as they are. What all pairs say stands for the truth.
 */
public final class VerdictBench {
  private static final double RATE = Question.USUAL_ERROR_RATE;
  private static final int[] SEEDS = {2, 3, 4, 5, 6, 8, 10};

  private final Random random;
  private final int trials;
  private final double[] logA;
  private final double[] logB;

  private VerdictBench(Comparison all, int trials, int seed) {
    this.trials = trials;
    this.random = new Random(seed);
    this.logA = all.seeds().stream().mapToDouble(s -> Math.log(all.a().get(s))).toArray();
    this.logB = all.seeds().stream().mapToDouble(s -> Math.log(all.b().get(s))).toArray();
  }

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args, Set.of("a", "b", "metric", "trials", "seed"));
    String metric = arguments.text("metric", "");
    Comparison all =
        Comparison.of(
            Path.of(arguments.text("a", "a")),
            Path.of(arguments.text("b", "b")),
            new Question(metric.isEmpty() ? null : metric, RATE, null));
    new VerdictBench(all, arguments.number("trials", 4000), arguments.number("seed", 0)).print(all);
  }

  private void print(Comparison all) {
    LogRatio found = all.found();
    say(
        "%s, %d seeds: CV %.2f %% (A), %.2f %% (B), ratio of a pair %.2f %%, of two seeds %.2f %%",
        all.metric(),
        logA.length,
        100 * all.variationA(),
        100 * all.variationB(),
        100 * found.deviation(),
        100 * unpaired(all).deviation());
    say("B / A %.4f, %s", found.ratio(), all.verdict());
    say("seeds  alarms, two groups of A  alarms, swapped pairs  found  expected");
    for (int n : SEEDS) {
      if (n < logA.length) {
        String groups = 2 * n > logA.length ? "-" : percent(share(() -> groups(n)));
        String pairs = percent(share(() -> swapped(n, found.mean())));
        String right = percent(share(() -> pairs(n) == found.verdict(RATE)));
        say("%5d  %22s  %21s  %5s  %8s", n, groups, pairs, right, percent(power(found, n)));
      }
    }
  }

  private static LogRatio unpaired(Comparison all) {
    return LogRatio.unpaired(
        all.a().values().stream().mapToDouble(Double::doubleValue).toArray(),
        all.b().values().stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Power at n seeds, the spread of all pairs taken for the true one. */
  private static double power(LogRatio found, int n) {
    LogRatio known =
        new LogRatio(
            true, found.mean(), found.deviation(), Double.NaN, Double.POSITIVE_INFINITY, 1);
    return SeedsNeeded.power(known, Math.abs(found.mean()), RATE, n);
  }

  private interface Trial {
    boolean happens();
  }

  private double share(Trial trial) {
    int count = 0;
    for (int i = 0; i < trials; i++) {
      count += trial.happens() ? 1 : 0;
    }
    return (double) count / trials;
  }

  private List<Integer> order() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < logA.length; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    return order;
  }

  private boolean groups(int n) {
    List<Integer> order = order();
    double[] left = new double[n];
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      left[i] = Math.exp(logA[order.get(i)]);
      right[i] = Math.exp(logA[order.get(n + i)]);
    }
    return LogRatio.unpaired(left, right).verdict(RATE) != Verdict.CANNOT_TELL;
  }

  private boolean swapped(int n, double mean) {
    List<Integer> order = order();
    double[] left = new double[n];
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      double difference = logB[order.get(i)] - logA[order.get(i)] - mean;
      left[i] = 1;
      right[i] = Math.exp(random.nextBoolean() ? difference : -difference);
    }
    return LogRatio.paired(left, right).verdict(RATE) != Verdict.CANNOT_TELL;
  }

  private Verdict pairs(int n) {
    List<Integer> order = order();
    double[] left = new double[n];
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      left[i] = Math.exp(logA[order.get(i)]);
      right[i] = Math.exp(logB[order.get(i)]);
    }
    return LogRatio.paired(left, right).verdict(RATE);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
