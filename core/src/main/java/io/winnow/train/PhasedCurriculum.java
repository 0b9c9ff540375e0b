package io.winnow.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The coreset throughout or, with annealing, the coreset and then everything. Which step belongs to
 * which epoch of which phase is a pure function of the configuration, so a position is a number of
 * steps.
 *
 * <p>Annealing (section III-B of the paper): epoch e of E, from 0, uses the coreset iff e < a E; a
 * run by steps uses it for step s iff s < a S, and begins a new epoch at the switch.
 */
final class PhasedCurriculum implements Curriculum {
  /** Slack for products such as 0.875 * 2000, which are whole numbers in exact arithmetic. */
  private static final double ROUNDING = 1e-9;

  private final int batch;
  private final boolean keepsWeights;
  private final EpochOrder order;
  private final String identity;
  private final List<Phase> phases = new ArrayList<>();

  /**
   * A stretch of steps over one set of images.
   *
   * @param indices positions in the data set
   * @param firstStep of the run
   */
  @SuppressWarnings("ArrayRecordComponent") // the plan's own, never compared
  private record Phase(
      String name, int[] indices, long firstStep, long steps, int firstEpoch, int batch) {
    int stepsPerEpoch() {
      return (indices.length + batch - 1) / batch;
    }

    long epochs() {
      return (steps + stepsPerEpoch() - 1) / stepsPerEpoch();
    }

    /** Images seen in the first {@code steps} steps of this phase. */
    long images(long steps) {
      return steps / stepsPerEpoch() * indices.length + steps % stepsPerEpoch() * batch;
    }
  }

  /**
   * @param kept positions of the coreset, ascending
   * @param all images of the data set
   * @param order in which an epoch visits its images
   */
  PhasedCurriculum(TrainConfig config, int[] kept, int all, EpochOrder order) {
    this.order = order;
    this.identity = config.anneal() + " " + config.annealWeights();
    this.batch = config.batch();
    this.keepsWeights = config.annealWeights() == TrainConfig.AnnealWeights.KEEP;
    boolean anneals = config.anneal() != null && kept.length < all;
    double share = anneals ? config.anneal() : 1;
    String first = kept.length < all ? "coreset" : "full";
    add(first, kept, steps(config, share, kept.length, 0));
    if (anneals) {
      int[] everything = IntStream.range(0, all).toArray();
      add("full", everything, steps(config, 1 - share, all, phases.get(0).steps()));
    }
  }

  private void add(String name, int[] indices, long steps) {
    Phase last = phases.isEmpty() ? null : phases.get(phases.size() - 1);
    long firstStep = last == null ? 0 : last.firstStep() + last.steps();
    long firstEpoch = last == null ? 0 : last.firstEpoch() + last.epochs();
    if (steps > 0) {
      phases.add(new Phase(name, indices, firstStep, steps, Math.toIntExact(firstEpoch), batch));
    }
  }

  /** Steps of a phase: the first {@code share} of the run, or whatever is left after it. */
  private long steps(TrainConfig config, double share, int images, long before) {
    long perEpoch = (images + batch - 1L) / batch;
    if (config.steps() != null) {
      return before == 0 ? ceil(share * config.steps()) : config.steps() - before;
    }
    long epochs =
        before == 0
            ? ceil(share * config.epochs())
            : config.epochs() - ceil((1 - share) * config.epochs());
    return epochs * perEpoch;
  }

  private static long ceil(double value) {
    return (long) Math.ceil(value - ROUNDING);
  }

  @Override
  public List<TrainPhase> phases() {
    return phases.stream()
        .map(phase -> new TrainPhase(phase.name(), phase.indices(), phase.steps(), weighted(phase)))
        .toList();
  }

  @Override
  public long totalSteps() {
    Phase last = phases.get(phases.size() - 1);
    return last.firstStep() + last.steps();
  }

  /** The phase of step {@code step}; of the last step, where the run is over. */
  private Phase phase(long step) {
    Phase found = phases.get(0);
    for (Phase phase : phases) {
      found = step >= phase.firstStep() ? phase : found;
    }
    return found;
  }

  /** Whether weights per class are on at this step: off once everything is used, unless kept. */
  private boolean weighted(Phase phase) {
    return keepsWeights || phase.firstStep() == 0;
  }

  @Override
  public Epoch epoch(long step) {
    Phase phase = phase(step);
    int perEpoch = phase.stepsPerEpoch();
    long within = (step - phase.firstStep()) / perEpoch;
    return new Epoch(
        Math.toIntExact(phase.firstEpoch() + within),
        phase.name(),
        phase.firstStep() + within * perEpoch,
        perEpoch,
        weighted(phase));
  }

  @Override
  public Visits visits(Epoch epoch) {
    int[] indices = phase(epoch.firstStep()).indices();
    return new Visits(order.of(epoch.number(), indices, epoch.weighted()), null);
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public Position position(long step) {
    long images = 0;
    for (Phase phase : phases) {
      images += phase.images(Math.min(phase.steps(), Math.max(0, step - phase.firstStep())));
    }
    return new Position(phase(step).name(), epoch(step).number(), step, images);
  }
}
