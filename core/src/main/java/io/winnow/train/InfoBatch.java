package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.diffusion.SampleLosses;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * InfoBatch as a curriculum ({@link InfoBatchScores} has its arithmetic): epochs over a coreset, or
 * over everything, that leave out some of what is learned well. The run has a given number of
 * steps; an epoch prunes where it begins in the first {@code delta} of them, and at that switch a
 * whole epoch begins. Choice and order of an epoch are functions of (seed, epoch, losses seen
 * before it).
 *
 * <p>The losses come by way of {@link #watched}, which stands around the run's weighting; they stay
 * on the device until the next epoch is planned. Scores and the epoch's weights are part of the
 * weighting's state, so a resumed run goes on with what an undisturbed one would have visited.
 */
final class InfoBatch implements Curriculum {
  private final InfoBatchConfig config;
  private final int[] kept; // [n], ascending
  private final int batch;
  private final long totalSteps;
  private final long switchStep;
  private final String phase;
  private final RandomStreams random;
  private final EpochOrder order;
  private final InfoBatchScores scores;
  private final List<Seen> pending = new ArrayList<>();
  private Planned before; // null in the first epoch
  private Planned current;

  /** Losses of a micro-batch that were not read yet. */
  @SuppressWarnings("ArrayRecordComponent") // lives until the next epoch, never compared
  private record Seen(int[] indices, Tensor losses) {}

  /**
   * An epoch that was planned.
   *
   * @param images that were seen before it
   * @param weights of the coreset's images, [n]; 0 for one that is not visited
   * @param visited how many are
   */
  @SuppressWarnings("ArrayRecordComponent") // the plan's own, never compared
  private record Planned(Epoch epoch, long images, double[] weights, int visited) {}

  /**
   * @param kept positions that are trained on, ascending
   * @param all images of the data set
   */
  InfoBatch(TrainConfig config, int[] kept, int all, RandomStreams random, EpochOrder order) {
    this.config = config.infobatch();
    this.kept = kept;
    this.batch = config.batch();
    this.totalSteps = config.steps();
    this.switchStep = (long) Math.ceil(this.config.delta() * totalSteps - 1e-9);
    this.phase = kept.length < all ? "coreset" : "full";
    this.random = random;
    this.order = order;
    this.scores = new InfoBatchScores(kept.length, this.config);
    this.current = plan(0, 0, 0);
  }

  private Planned plan(int number, long firstStep, long images) {
    boolean prunes = firstStep < switchStep;
    double[] weights =
        scores.weights(prunes, i -> random.uniform("train.infobatch", number, kept[i]));
    return planned(number, firstStep, images, weights);
  }

  private Planned planned(int number, long firstStep, long images, double[] weights) {
    int visited = (int) Arrays.stream(weights).filter(weight -> weight > 0).count();
    int steps = (visited + batch - 1) / batch;
    if (firstStep < switchStep) {
      steps = (int) Math.min(steps, switchStep - firstStep);
    }
    return new Planned(new Epoch(number, phase, firstStep, steps, true), images, weights, visited);
  }

  /** The epoch of a step; plans the next one when its first step is asked for. */
  private Planned of(long step) {
    Epoch now = current.epoch();
    if (step >= now.firstStep() + now.steps()) {
      read();
      Planned next =
          plan(now.number() + 1, now.firstStep() + now.steps(), images(current, now.steps()));
      before = current;
      current = next;
    }
    return step < current.epoch().firstStep() && before != null ? before : current;
  }

  /** Images seen after so many steps of an epoch. */
  private long images(Planned planned, long steps) {
    return planned.images() + Math.min(planned.visited(), steps * batch);
  }

  @Override
  public long totalSteps() {
    return totalSteps;
  }

  @Override
  public Epoch epoch(long step) {
    return of(step).epoch();
  }

  @Override
  public Visits visits(Epoch epoch) {
    Planned planned = of(epoch.firstStep());
    int[] chosen =
        IntStream.range(0, kept.length)
            .filter(i -> planned.weights()[i] > 0)
            .map(i -> kept[i])
            .toArray();
    int[] ordered = order.of(epoch.number(), chosen, false);
    double[] weights =
        IntStream.of(ordered)
            .mapToDouble(image -> planned.weights()[Arrays.binarySearch(kept, image)])
            .toArray();
    return new Visits(ordered, weights);
  }

  @Override
  public Position position(long step) {
    Planned planned = of(step);
    long within = step - planned.epoch().firstStep();
    return new Position(phase, planned.epoch().number(), step, images(planned, within));
  }

  @Override
  public boolean adapts() {
    return true;
  }

  @Override
  public List<TrainPhase> phases() {
    return List.of(new TrainPhase(phase, kept, totalSteps, true));
  }

  @Override
  public String identity() {
    return "infobatch " + config.ratio() + " " + config.delta() + " " + config.ema();
  }

  private void read() {
    for (Seen seen : pending) {
      float[] losses = Tensors.floats(seen.losses());
      for (int i = 0; i < losses.length; i++) {
        scores.see(Arrays.binarySearch(kept, seen.indices()[i]), losses[i]);
      }
      seen.losses().close();
    }
    pending.clear();
  }

  /** A weighting that shows this curriculum the losses, and whose state holds it. */
  LossWeighting watched(LossWeighting inner) {
    return new Watched(inner);
  }

  private final class Watched implements LossWeighting {
    private final LossWeighting inner;

    Watched(LossWeighting inner) {
      this.inner = inner;
    }

    @Override
    public boolean watches() {
      return true;
    }

    @Override
    public void begin(WatchedRun run) {
      inner.begin(run);
    }

    @Override
    public void watch(TrainStep step, SampleLosses losses) {
      if (inner.watches()) {
        inner.watch(step, losses);
      }
      pending.add(new Seen(step.indices(), Scope.immortal(losses.trained().detach())));
    }

    @Override
    public void update() {
      if (inner.watches()) {
        inner.update();
      }
    }

    @Override
    public double[] coefficients(int[] groups) {
      return inner.coefficients(groups);
    }

    @Override
    public Tensor coefficients(int[] groups, Device device) {
      return inner.coefficients(groups, device);
    }

    @Override
    public @OrNull double[] samplingProbabilities() {
      return null; // refused by the configuration
    }

    @Override
    public Map<String, Double> endEpoch(TrainListener listener) {
      return inner.endEpoch(listener);
    }

    @Override
    public String identity() {
      return inner.identity();
    }

    @Override
    public String state() {
      read();
      Epoch epoch = current.epoch();
      return String.join(
          "\n",
          epoch.number() + " " + epoch.firstStep() + " " + current.images(),
          text(scores.scores()),
          text(current.weights()),
          inner.state());
    }

    @Override
    public void restore(String state, long step) {
      String[] lines = state.split("\n", 4);
      String[] numbers = lines[0].split(" ", 3);
      System.arraycopy(values(lines[1]), 0, scores.scores(), 0, kept.length);
      before = null;
      current =
          planned(
              Integer.parseInt(numbers[0]),
              Long.parseLong(numbers[1]),
              Long.parseLong(numbers[2]),
              values(lines[2]));
      inner.restore(lines[3], step);
    }
  }

  private static String text(double[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES);
    bytes.asDoubleBuffer().put(values);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private static double[] values(String text) {
    byte[] bytes = Base64.getDecoder().decode(text);
    double[] values = new double[bytes.length / Double.BYTES];
    ByteBuffer.wrap(bytes).asDoubleBuffer().get(values);
    return values;
  }
}
