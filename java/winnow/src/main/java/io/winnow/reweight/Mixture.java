package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * The state machine of one reweighting run: warm-up, choice of eta, updates, trajectory, guards.
 * Knows numbers only; {@link Reweighting} brings the networks.
 */
final class Mixture {
  private static final double CLIPPED_TOO_OFTEN = 0.95;
  private static final double BROKEN_TOO_OFTEN = 0.01;

  private final ReweightConfig config;
  private final double[] frequency;
  private final int[] active;
  private final DoremiUpdate rule;
  private final double[] warmupSums;
  private final long[] warmupCounts;
  private final List<ClassWeights.Trajectory.Row> trajectory = new ArrayList<>();
  private double eta;
  private long step;
  private long margins;
  private long clipped;
  private long epochMargins;
  private long epochBroken;
  private long allBroken;

  /** Everything that a step changes; goes into the checkpoint as JSON. */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  record State(
      DoremiUpdate.State rule,
      double[] warmupSums,
      long[] warmupCounts,
      List<Double> trajectory,
      double eta,
      long step,
      long margins,
      long clipped,
      long epochMargins,
      long epochBroken,
      long allBroken) {}

  /** {@code groupCounts}: coreset samples of each class, [K]; 0 leaves a class out. */
  Mixture(ReweightConfig config, long[] groupCounts) {
    this.config = config;
    this.active = new int[groupCounts.length];
    double all = 0;
    int present = 0;
    for (int c = 0; c < groupCounts.length; c++) {
      active[c] = groupCounts[c] > 0 ? present++ : -1;
      all += (double) groupCounts[c];
    }
    this.frequency = new double[present];
    double[] initial = new double[present];
    for (int c = 0; c < groupCounts.length; c++) {
      if (active[c] >= 0) {
        frequency[active[c]] = (double) groupCounts[c] / all;
        initial[active[c]] =
            config.init() == InitialMixture.UNIFORM ? 1.0 / present : frequency[active[c]];
      }
    }
    this.rule = new DoremiUpdate(initial, 0, config.smoothing(), config.absent(), config.average());
    this.warmupSums = new double[present];
    this.warmupCounts = new long[present];
    this.eta = config.etaIsAuto() ? 0 : config.etaValue();
  }

  /** A fresh collection of the margins of one step. */
  ExcessLoss startStep() {
    return new ExcessLoss(frequency.length, config.clip());
  }

  /** Position of a class among the non-empty ones. */
  int active(int group) {
    if (active[group] < 0) {
      throw new IllegalArgumentException(
          "reweight: a sample of class " + group + ", which has no sample in the coreset");
    }
    return active[group];
  }

  /** Counts a sample whose loss was not finite; it stays out of every sum. */
  void broken() {
    epochBroken++;
    allBroken++;
  }

  /** Ends one optimiser step with the margins of all its micro-batches. */
  void update(ExcessLoss excess) {
    epochMargins += excess.count();
    margins += excess.count();
    clipped += excess.clipped();
    double[] signals = excess.signals();
    if (step < config.warmupSteps()) {
      warmUp(signals);
    } else {
      rule.update(signals, eta);
    }
    step++;
    if (step % config.trajectoryEvery() == 0) {
      trajectory.add(new ClassWeights.Trajectory.Row(step, weights(rule.alpha())));
    }
  }

  private void warmUp(double[] signals) {
    rule.hold(signals);
    for (int c = 0; c < signals.length; c++) {
      if (!Double.isNaN(signals[c])) {
        warmupSums[c] += signals[c];
        warmupCounts[c]++;
      }
    }
    if (step + 1 == config.warmupSteps() && config.etaIsAuto()) {
      double[] means = new double[signals.length];
      for (int c = 0; c < means.length; c++) {
        means[c] = warmupCounts[c] == 0 ? 0 : warmupSums[c] / warmupCounts[c];
      }
      double spread = meanAbsoluteDeviation(means);
      eta = spread > 0 ? config.kappa() * config.smoothing() / spread : 0;
    }
  }

  /** Ends an epoch. */
  void endEpoch() {
    long seen = epochMargins + epochBroken;
    if (epochBroken > BROKEN_TOO_OFTEN * seen) {
      throw new IllegalArgumentException(
          "reweight: "
              + epochBroken
              + " of "
              + seen
              + " losses of this epoch are not finite; at most 1 % may be. Lower"
              + " train.learningRate or check the reference's weights.");
    }
    epochMargins = 0;
    epochBroken = 0;
  }

  /** The mixture that weighs the current step, over the non-empty classes. */
  double[] alpha() {
    return rule.alpha();
  }

  /** Share of each non-empty class in the coreset. */
  double[] frequency() {
    return frequency.clone();
  }

  double eta() {
    return eta;
  }

  long step() {
    return step;
  }

  /** Mean absolute deviation of the last signals. */
  double spread() {
    return meanAbsoluteDeviation(rule.signals());
  }

  double clippedShare() {
    return margins == 0 ? 0 : (double) clipped / (double) margins;
  }

  long brokenCount() {
    return allBroken;
  }

  /** Loss weights w_c = alpha_c / p_c by class; an empty class stands as 1. [K] */
  double[] weights(double[] mixture) {
    double[] weights = new double[active.length];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = active[c] < 0 ? 1 : mixture[active[c]] / frequency[active[c]];
    }
    return weights;
  }

  /** Values over the non-empty classes, spread over all of them; an empty class has 0. [K] */
  double[] overAll(double[] values) {
    double[] wide = new double[active.length];
    for (int c = 0; c < wide.length; c++) {
      wide[c] = active[c] < 0 ? 0 : values[active[c]];
    }
    return wide;
  }

  double[] meanAlpha() {
    return rule.mean();
  }

  List<ClassWeights.Trajectory.Row> trajectory() {
    return List.copyOf(trajectory);
  }

  /** What the user should know about these weights. */
  List<String> warnings(List<String> classes) {
    List<String> warnings = new ArrayList<>();
    for (int c = 0; c < active.length; c++) {
      if (active[c] < 0) {
        warnings.add(
            "class "
                + classes.get(c)
                + " has no sample in the coreset; it is absent and its weight (written as 1) means"
                + " nothing");
      }
    }
    if (clippedShare() > CLIPPED_TOO_OFTEN) {
      warnings.add(
          String.format(
              java.util.Locale.ROOT,
              "%.1f %% of the margins are zero or below: the reference is no better than the proxy"
                  + " and the weights carry no information",
              100 * clippedShare()));
    }
    if (config.etaIsAuto() && step >= config.warmupSteps() && eta == 0) {
      warnings.add("all classes had the same signal during the warm-up, so eta: auto is 0");
    }
    if (rule.steps() == 0) {
      warnings.add(
          "the run ended within its warm-up of "
              + config.warmupSteps()
              + " steps; the weights are those it started from");
    }
    if (allBroken > 0) {
      warnings.add(allBroken + " losses were not finite and were left out");
    }
    return warnings;
  }

  State state() {
    List<Double> rows = new ArrayList<>();
    for (ClassWeights.Trajectory.Row row : trajectory) {
      rows.add((double) row.step());
      for (double weight : row.weights()) {
        rows.add(weight);
      }
    }
    return new State(
        rule.state(),
        warmupSums.clone(),
        warmupCounts.clone(),
        rows,
        eta,
        step,
        margins,
        clipped,
        epochMargins,
        epochBroken,
        allBroken);
  }

  void restore(State state) {
    rule.restore(state.rule());
    System.arraycopy(state.warmupSums(), 0, warmupSums, 0, warmupSums.length);
    System.arraycopy(state.warmupCounts(), 0, warmupCounts, 0, warmupCounts.length);
    trajectory.clear();
    int width = active.length + 1;
    for (int at = 0; at < state.trajectory().size(); at += width) {
      double[] weights = new double[active.length];
      for (int c = 0; c < weights.length; c++) {
        weights[c] = state.trajectory().get(at + 1 + c);
      }
      trajectory.add(
          new ClassWeights.Trajectory.Row(state.trajectory().get(at).longValue(), weights));
    }
    eta = state.eta();
    step = state.step();
    margins = state.margins();
    clipped = state.clipped();
    epochMargins = state.epochMargins();
    epochBroken = state.epochBroken();
    allBroken = state.allBroken();
  }

  private static double meanAbsoluteDeviation(double[] values) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double deviation = 0;
    for (double value : values) {
      deviation += Math.abs(value - mean) / values.length;
    }
    return deviation;
  }
}
