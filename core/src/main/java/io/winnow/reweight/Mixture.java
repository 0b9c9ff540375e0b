package io.winnow.reweight;

import io.winnow.artifact.ClassWeights.Trajectory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state machine of one reweighting run: warm-up, step size, updates, trajectory. Knows numbers
 * only; {@link Reweighting} brings the networks, {@link Verdict} says what the outcome is worth.
 *
 * <p>In the long run only eta * spread / c matters, the strength. {@code eta: auto} holds it at
 * kappa by eta_t = kappa c / max(MAD_t, 2 SE_t) with the {@link SignalStatistics} of the updates
 * that count; {@code eta: frozen} is kappa c / MAD of the warm-up.
 */
final class Mixture {
  /** Noise whose spread is taken for a signal only where it exceeds this many standard errors. */
  static final double NOISE = 2;

  private final ReweightConfig config;
  private final Groups groups;
  private final DoremiUpdate rule;
  private final WarmUp warmUp;
  private final ClippedMargins clipped;
  private final Points points;
  private SignalStatistics statistics;
  private EpochSums epoch = EpochSums.NONE;
  private double eta;
  private long step;
  private long updates;
  private int batch;

  /** Everything that a step changes; goes into the checkpoint as JSON. */
  record State(
      DoremiUpdate.State rule,
      WarmUp.State warmUp,
      SignalStatistics.State statistics,
      ClippedMargins.State clipped,
      EpochSums epoch,
      List<Trajectory.Row> points,
      double eta,
      long step) {}

  /** Sums over the updates of an epoch so far. */
  record EpochSums(
      long updates,
      double eta,
      double spread,
      double standardError,
      double strength,
      long margins,
      long clipped) {
    static final EpochSums NONE = new EpochSums(0, 0, 0, 0, 0, 0, 0);
  }

  Mixture(ReweightConfig config, Groups groups) {
    this.config = config;
    this.groups = groups;
    double[] initial = groups.frequency();
    if (config.init() == InitialMixture.UNIFORM) {
      Arrays.fill(initial, 1); // the rule brings it to sum 1
    }
    this.rule = new DoremiUpdate(initial, 0, config.smoothing(), config.absent(), config.average());
    this.warmUp = new WarmUp(config.warmupSteps());
    this.clipped = new ClippedMargins(groups.size());
    this.points = new Points(config.trajectoryEvery());
    this.statistics = new SignalStatistics(groups.size(), config.smoothing());
  }

  /** Learns how many updates the run has, and how many samples a whole batch. */
  void begin(long allUpdates, int wholeBatch) {
    this.updates = allUpdates;
    this.batch = wholeBatch;
    warmUp.begin(allUpdates);
  }

  /**
   * How long a run is.
   *
   * @param updates of the whole run
   * @param batch samples of a whole batch
   * @param warmUp updates that cannot count
   */
  record Length(long updates, int batch, long warmUp) {}

  Length length() {
    return new Length(updates, batch, warmUp.least());
  }

  /** A fresh collection of the margins of one step. */
  ExcessLoss startStep() {
    return new ExcessLoss(groups.size(), config.clip());
  }

  /** Ends one optimiser step with the margins of all its micro-batches. */
  void update(ExcessLoss excess) {
    double[] signals = excess.signals();
    double share = Math.min(1, (double) excess.count() / batch);
    boolean counts = warmUp.over(step, excess);
    if (counts && rule.steps() == 0) {
      eta = etaAtStart();
      statistics = new SignalStatistics(groups.size(), config.smoothing());
    }
    statistics.add(signals, share);
    if (counts) {
      eta = config.etaIsAuto() ? aimed(Math.max(spread(), NOISE * standardError())) : eta;
      rule.update(signals, eta, share);
      clipped.add(excess, progress());
    } else {
      rule.hold(signals);
    }
    step++;
    count(excess);
    points.add(step, eta, signalToNoise(), groups.weights(rule.alpha()));
  }

  private double etaAtStart() {
    return config.etaIsNumber() ? config.etaValue() : aimed(statistics.spread());
  }

  /** The step size whose strength is kappa at a spread; 0 where there is none. */
  private double aimed(double spread) {
    return spread > 0 ? config.kappa() * config.smoothing() / spread : 0;
  }

  /** How much of the updates that count lies before the one that was just counted, in [0, 1). */
  private double progress() {
    long before = rule.steps() - 1;
    long first = step - before;
    return (double) before / (double) Math.max(updates - first, rule.steps());
  }

  private void count(ExcessLoss excess) {
    long cut = 0;
    for (long one : excess.clipped()) {
      cut += one;
    }
    epoch =
        new EpochSums(
            epoch.updates() + 1,
            epoch.eta() + eta,
            epoch.spread() + spread(),
            epoch.standardError() + standardError(),
            epoch.strength() + strength(),
            epoch.margins() + excess.count(),
            epoch.clipped() + cut);
  }

  /**
   * Ends an epoch.
   *
   * @return means over its updates, whatever the size of their batches: eta, the classes' spread
   *     and its standard error, the strength eta * spread / smoothing; and the share of its margins
   *     that were zero or below
   */
  Map<String, Double> endEpoch() {
    double count = Math.max(1, epoch.updates());
    Map<String, Double> notes = new LinkedHashMap<>();
    notes.put("eta", epoch.eta() / count);
    notes.put("spread", epoch.spread() / count);
    notes.put("standardError", epoch.standardError() / count);
    notes.put("strength", epoch.strength() / count);
    notes.put("clippedShare", (double) epoch.clipped() / (double) Math.max(1, epoch.margins()));
    epoch = EpochSums.NONE;
    return notes;
  }

  /** The mixture that weighs the current step, over the non-empty classes. */
  double[] alpha() {
    return rule.alpha();
  }

  double[] meanAlpha() {
    return rule.mean();
  }

  /** The step size of the last update; 0 during the warm-up. */
  double eta() {
    return eta;
  }

  /** All updates so far. */
  long step() {
    return step;
  }

  /** Updates that moved the mixture. */
  long counted() {
    return rule.steps();
  }

  /** MAD of the classes' running mean signals. */
  double spread() {
    return statistics.spread();
  }

  /** SE of those means. */
  double standardError() {
    return statistics.standardError();
  }

  /** MAD / SE; 0 where there is no spread. */
  double signalToNoise() {
    return spread() > 0 ? spread() / standardError() : 0;
  }

  /** eta * MAD / c: useful between 0.1 and 1. */
  double strength() {
    return eta * spread() / config.smoothing();
  }

  ClippedMargins clipped() {
    return clipped;
  }

  List<Trajectory.Row> points() {
    return points.rows();
  }

  State state() {
    return new State(
        rule.state(),
        warmUp.state(),
        statistics.state(),
        clipped.state(),
        epoch,
        points.rows(),
        eta,
        step);
  }

  void restore(State state) {
    rule.restore(state.rule());
    warmUp.restore(state.warmUp());
    statistics.restore(state.statistics());
    clipped.restore(state.clipped());
    epoch = state.epoch();
    points.restore(state.points());
    eta = state.eta();
    step = state.step();
  }
}
