package io.winnow.train;

import io.winnow.artifact.Curve;
import io.winnow.artifact.EventFile;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.files.Sha256;
import io.winnow.optim.Optimizer;
import io.winnow.optim.OptimizerConfig;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a denoising network: coreset, then, where annealing is on, everything (sections III-A to
 * III-C of the paper). The state lives in a folder of checkpoints, so that the same call goes on
 * where the last one stopped; stopped and undisturbed runs end in identical bytes.
 *
 * <p>Build it outside of every scope and close it: it owns the optimiser and the averaged weights.
 */
public final class Trainer implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final Parameterized network;
  private final TrainConfig config;
  private final LossWeighting weighting;
  private final Compute compute;
  private final TrainFiles files;
  private final LongSupplier nanoClock;
  private final Curriculum curriculum;
  private final InputSource source;
  private final boolean ahead;
  private final boolean aside; // checkpoints are written beside the steps
  private final @OrNull Optimizer own; // null where one was given
  private final TrainUpdate update;
  private final LossMeter tally;
  private final Checkpoints checkpoints;
  private final Map<String, String> identity;

  /**
   * @param network initialised; put on the device here
   * @param objective of the network's output
   * @param weighting of the losses; where it is weighted sampling, epochs are drawn by it
   */
  public <N extends Denoiser & Parameterized> Trainer(
      N network,
      TrainingObjective objective,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      Compute compute,
      RandomStreams random,
      TrainFiles files) {
    this(
        network,
        objective,
        set,
        config,
        weighting,
        compute,
        random,
        files,
        new Hooks(System::nanoTime, UnaryOperator.identity(), UnaryOperator.identity(), null));
  }

  /**
   * A loop over parts of one's own. Of the configuration, everything counts but what they take the
   * place of: length, annealing and order of the epochs, and the optimiser.
   *
   * @param network in its final place ({@link Compute#place}), as the optimiser is over its
   *     parameters
   * @param optimizer stays the caller's: it is not closed here
   * @param curriculum what epochs visit, in batches of the configuration's size
   */
  public <N extends Denoiser & Parameterized> Trainer(
      N network,
      TrainingObjective objective,
      Optimizer optimizer,
      Curriculum curriculum,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      Compute compute,
      RandomStreams random,
      TrainFiles files) {
    this(
        network,
        objective,
        set,
        config,
        weighting,
        compute,
        random,
        files,
        new Hooks(System::nanoTime, UnaryOperator.identity(), planned -> curriculum, optimizer));
  }

  /**
   * What stands in for a part of the loop.
   *
   * @param inputs what the steps get, given what is drawn for them
   * @param visited what the epochs visit, given the one of the configuration
   * @param optimizer null for the one of the configuration
   */
  record Hooks(
      LongSupplier nanoClock,
      UnaryOperator<InputSource> inputs,
      UnaryOperator<Curriculum> visited,
      @OrNull Optimizer optimizer) {}

  <N extends Denoiser & Parameterized> Trainer(
      N network,
      TrainingObjective objective,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      Compute compute,
      RandomStreams random,
      TrainFiles files,
      Hooks hooks) {
    this.network = network;
    this.config = config;
    this.compute = compute;
    this.files = files;
    this.nanoClock = hooks.nanoClock();
    Plan plan = Plan.of(set, config, weighting, random);
    this.weighting = plan.weighting();
    this.curriculum = hooks.visited().apply(plan.curriculum());
    InputSource drawn =
        new StepSource(
            set, config, curriculum, objective, random, plan.weighting(), compute.cuda());
    this.source = hooks.inputs().apply(drawn);
    this.ahead = !curriculum.adapts() && (compute.cuda() || set.samples().slow());
    this.aside = compute.cuda();
    compute.place(network);
    Optimizer given = hooks.optimizer();
    this.own = given == null ? config.optimizer(network.parameters()) : null;
    Optimizer optimizer = given == null ? own : given;
    this.update = update(network, objective, optimizer, set.samples(), random);
    this.tally = new LossMeter(compute);
    this.checkpoints = new Checkpoints(files.state());
    this.identity = identity(network, objective, set, config, weighting, random);
    if (given != null) {
      identity.remove(config.rule().kind()); // constants that nothing is trained with
    }
    identity.put("anneal", curriculum.identity());
    begin(network, objective, set.kept().length);
  }

  private <N extends Denoiser & Parameterized> TrainUpdate update(
      N asked,
      TrainingObjective objective,
      Optimizer optimizer,
      SampleSource samples,
      RandomStreams random) {
    return new TrainUpdate(
        asked, asked, objective, optimizer, samples, config, weighting, compute, random);
  }

  private <N extends Denoiser & Parameterized> void begin(
      N asked, TrainingObjective objective, int kept) {
    int batch = Math.min(config.batch(), kept);
    weighting.begin(
        new WatchedRun(curriculum.totalSteps(), batch, objective, withoutDropout(asked)));
  }

  /** What epochs visit, and the weighting as it then sees the losses. */
  private record Plan(Curriculum curriculum, LossWeighting weighting) {
    static Plan of(
        TrainSet set, TrainConfig config, LossWeighting weighting, RandomStreams random) {
      EpochOrder order = new EpochOrder(random, set.groups(), weighting.samplingProbabilities());
      int images = set.samples().size();
      if (config.infobatch() == null) {
        Curriculum phased = new PhasedCurriculum(config, set.kept(), images, order);
        return new Plan(warmed(phased, set, config, random), weighting);
      }
      InfoBatch dynamic = new InfoBatch(config, set.kept(), images, random, order);
      return new Plan(dynamic, dynamic.watched(weighting));
    }

    private static Curriculum warmed(
        Curriculum phased, TrainSet set, TrainConfig config, RandomStreams random) {
      return config.dataWarmup() == null
          ? phased
          : new DataWarmup(config.dataWarmup(), phased, set, config.batch(), random);
    }
  }

  private static <N extends Denoiser & Parameterized> Denoiser withoutDropout(N network) {
    return (xt, t, condition) -> {
      network.train(false);
      try {
        return network.predict(xt, t, condition);
      } finally {
        network.train(true);
      }
    };
  }

  /**
   * Trains to the end, from wherever the folder of checkpoints says.
   *
   * @throws Interrupted after writing a checkpoint, when {@code stopRequested} says so
   * @throws IllegalArgumentException when the checkpoints are of another run, or training diverges
   */
  public TrainResult run(TrainListener listener, BooleanSupplier stopRequested) {
    compute.apply();
    Progress progress = resume(listener);
    network.train(true);
    try (Prefetcher feed = new Prefetcher(source, progress.step, curriculum.totalSteps(), ahead);
        CheckpointWriter writer = new CheckpointWriter(checkpoints, aside, listener);
        EventFile events = EventFile.begin(files.events(), progress.step)) {
      while (progress.step < curriculum.totalSteps()) {
        writer.look();
        if (stopRequested.getAsBoolean()) {
          throw interrupted(progress, writer);
        }
        double learningRate = learningRate(progress.step);
        try (StepInputs inputs = feed.next()) {
          update.step(inputs, learningRate, curriculum.epoch(progress.step).weighted(), tally);
          progress.images += inputs.size();
        }
        progress.step++;
        boolean last = progress.step == curriculum.totalSteps();
        if (last || progress.step % config.reportSteps() == 0) {
          report(progress, learningRate, events, listener);
        }
        if (curriculum.epochEndsBefore(progress.step)) {
          endEpoch(progress, listener);
        }
        if (!last && checkpointDue(progress)) {
          checkpoint(progress, writer);
        }
      }
      checkpoint(progress, writer);
      writer.await();
    }
    checkpoints.keepNewest(1);
    network.train(false);
    return new TrainResult(
        curriculum.position(progress.step), progress.lastLoss, progress.seconds(), progress.images);
  }

  /** Frees the averaged weights and the optimiser, where it is its own; the network stays. */
  @Override
  public void close() {
    update.close();
    tally.close();
    if (own != null) {
      own.close();
    }
  }

  /**
   * The averaged weights by name, live until this is closed; with the buffers, a whole state dict.
   */
  public Map<String, Tensor> emaWeights() {
    return update.averagedState();
  }

  /** What the whole run trains on, one stretch after the other. */
  public List<TrainPhase> phases() {
    return curriculum.phases();
  }

  /** Optimiser steps of the whole run. */
  public long totalSteps() {
    return curriculum.totalSteps();
  }

  /** Images that the whole run processes, repetitions counted. */
  public long totalImages() {
    return curriculum.position(curriculum.totalSteps()).samplesSeen();
  }

  /** Learning rate of a step: linear warm-up by whole epochs, then constant. */
  private double learningRate(long step) {
    int warm = config.warmupEpochs();
    double share = warm == 0 ? 1 : Math.min((curriculum.epoch(step).number() + 1.0) / warm, 1);
    return config.learningRate() * share;
  }

  private Progress resume(TrainListener listener) {
    Checkpoints.Loaded loaded = checkpoints.load(update.live(), identity, listener);
    Progress progress = new Progress();
    if (loaded != null) {
      progress.step = loaded.snapshot().position().step();
      progress.checkpointed = progress.step;
      progress.lastLoss = loaded.snapshot().lastLoss();
      tally.restore(loaded.snapshot().tally());
      weighting.restore(loaded.snapshot().weighting(), progress.step);
      listener.onResume(curriculum.position(progress.step), loaded.folder());
    }
    long known = progress.step;
    Curve.retain(files.curve(), p -> !p.phase().equals(files.stage()) || p.step() <= known);
    return progress;
  }

  private void report(
      Progress progress, double learningRate, EventFile events, TrainListener listener) {
    Position position = curriculum.position(progress.step);
    Curriculum.Epoch epoch = curriculum.epoch(progress.step - 1);
    LossMeter.Means means = tally.read(epoch.number(), epoch.steps());
    progress.lastLoss = means.loss();
    double seconds = progress.seconds();
    double speed = progress.images / seconds;
    Curve.Point point =
        new Curve.Point(
            files.stage(),
            progress.step,
            epoch.number(),
            means.loss(),
            means.gradNorm(),
            learningRate,
            speed,
            position.samplesSeen(),
            compute.peakDeviceBytes());
    Curve.append(files.curve(), point);
    events.scalars(progress.step, point.scalars());
    listener.onReport(
        new TrainReport(
            position,
            curriculum.totalSteps(),
            means.loss(),
            means.gradNorm(),
            learningRate,
            speed));
  }

  private void endEpoch(Progress progress, TrainListener listener) {
    Curriculum.Epoch epoch = curriculum.epoch(progress.step - 1);
    tally.endEpoch(epoch.number(), epoch.steps());
    listener.onEpoch(curriculum.position(progress.step), weighting.endEpoch(listener));
  }

  private boolean checkpointDue(Progress progress) {
    TrainConfig.CheckpointRule rule = config.checkpoint();
    boolean byTime =
        rule.seconds() != null
            && nanoClock.getAsLong() - progress.checkpointNanos >= rule.seconds() * NANOS;
    boolean bySteps = rule.steps() != null && progress.step % rule.steps() == 0;
    boolean byEpochs =
        rule.epochs() != null
            && curriculum.epochEndsBefore(progress.step)
            && curriculum.epoch(progress.step).number() % rule.epochs() == 0;
    return byTime || bySteps || byEpochs;
  }

  private void checkpoint(Progress progress, CheckpointWriter writer) {
    if (progress.checkpointed != progress.step) {
      Position position = curriculum.position(progress.step);
      Snapshot snapshot =
          new Snapshot(position, progress.lastLoss, tally.state(), weighting.state(), identity);
      writer.write(update.live(), snapshot);
    }
    progress.checkpointed = progress.step;
    progress.checkpointNanos = nanoClock.getAsLong();
  }

  private Interrupted interrupted(Progress progress, CheckpointWriter writer) {
    checkpoint(progress, writer);
    writer.await();
    return new Interrupted(files.stage());
  }

  private static Map<String, String> identity(
      Parameterized network,
      TrainingObjective objective,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      RandomStreams random) {
    Map<String, String> identity = new TreeMap<>();
    identity.put("seed", Long.toString(random.seed()));
    identity.put("images", Integer.toString(set.samples().size()));
    identity.put("coreset", set.hash());
    Conditioning conditioning = set.conditioning();
    identity.put("guidance", conditioning == null ? "null" : conditioning.identity());
    identity.put("schedule", objective.process());
    identity.put("objective", objective.identity());
    identity.put("weighting", weighting.identity());
    identity.put("epochs", String.valueOf(config.epochs()));
    identity.put("steps", String.valueOf(config.steps()));
    identity.put("batch", Integer.toString(config.batch()));
    identity.put("learningRate", Double.toString(config.learningRate()));
    identity.put("warmupEpochs", Integer.toString(config.warmupEpochs()));
    OptimizerConfig rule = config.rule();
    identity.put(rule.kind(), rule.settings());
    identity.put("ema", config.emaRule() + " " + config.ema());
    identity.put("gradientClip", String.valueOf(config.gradientClip()));
    identity.put("flip", Boolean.toString(config.flip()));
    Map<String, String> shapes = new LinkedHashMap<>();
    network.parameters().forEach((name, p) -> shapes.put(name, Arrays.toString(p.shape())));
    identity.put("network", Sha256.of(shapes.toString()));
    return identity;
  }

  /** Where this process is. */
  private final class Progress {
    private final long beganNanos = nanoClock.getAsLong();
    private long step;
    private long images;
    private long checkpointed = -1;
    private long checkpointNanos = beganNanos;
    private double lastLoss = Double.NaN;

    private double seconds() {
      return (nanoClock.getAsLong() - beganNanos) / NANOS;
    }
  }
}
