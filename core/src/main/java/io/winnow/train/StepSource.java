package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.StepDraw;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes the inputs of any step: which images, flips, time steps, dropped labels, noise, and the
 * coefficients of the losses where nothing learns them. A pure function of (seed, step), whatever
 * the device, so a resumed run draws what an undisturbed one draws.
 */
final class StepSource implements InputSource {
  private final TrainSet set;
  private final SampleSource samples;
  private final int[] groups; // [N]
  private final int[] labels; // [N]
  private final TrainConfig config;
  private final Curriculum curriculum;
  private final TrainingObjective objective;
  private final RandomStreams random;
  private final LossWeighting weighting;
  private final boolean pinned;
  private Curriculum.Epoch epoch;
  private Curriculum.Visits visits; // of that epoch

  StepSource(
      TrainSet set,
      TrainConfig config,
      Curriculum curriculum,
      TrainingObjective objective,
      RandomStreams random,
      LossWeighting weighting,
      boolean pinned) {
    this.set = set;
    this.samples = set.samples();
    this.groups = set.groups();
    this.labels = samples.labels();
    this.config = config;
    this.curriculum = curriculum;
    this.objective = objective;
    this.random = random;
    this.weighting = weighting;
    this.pinned = pinned;
  }

  @Override
  public StepInputs at(long step) {
    begin(step);
    int from = (int) (step - epoch.firstStep()) * config.batch();
    int to = Math.min(visits.images().length, from + config.batch());
    int[] indices = Arrays.copyOfRange(visits.images(), from, to);
    double[] weights =
        visits.weights() == null ? null : Arrays.copyOfRange(visits.weights(), from, to);
    int[] inGroups = pick(groups, indices);
    try (Scope scope = Scope.open()) {
      Tensor batch = samples.batch(indices);
      Tensor stored = samples.drawn(config.flip() ? flipped(batch, step) : batch, random, step);
      StepDraw draw =
          objective.draw(
              random, step, purpose -> told(purpose, step, indices), samples.shape(indices.length));
      return new StepInputs(
          step,
          indices,
          inGroups,
          own(coefficients(inGroups, weights)),
          weights == null ? null : own(Tensors.of(weights, weights.length)),
          own(stored),
          draw.map(this::own, this::own));
    }
  }

  /**
   * Of a weighting that does not learn, times those of the curriculum, [B]; 1 / B where it is off.
   */
  private Tensor coefficients(int[] inGroups, @OrNull double[] weights) {
    double[] given = new double[inGroups.length];
    Arrays.fill(given, 1f / given.length);
    if (epoch.weighted() && !weighting.watches()) {
      given = weighting.coefficients(inGroups);
    }
    float[] values = new float[given.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (weights == null ? given[i] : given[i] * weights[i]);
    }
    return Tensors.of(values, values.length);
  }

  private void begin(long step) {
    Curriculum.Epoch now = curriculum.epoch(step);
    if (!now.equals(epoch)) {
      epoch = now;
      visits = curriculum.visits(now);
    }
  }

  /** The classes or texts of images, some of them dropped by the draws of a purpose. */
  private Condition told(String purpose, long step, int[] indices) {
    Conditioning conditioning = set.conditioning();
    if (conditioning == null) {
      return Condition.none();
    }
    Condition all = conditioning.of(indices, pick(labels, indices)); // [B]
    double dropout = conditioning.labelDropout();
    int nullClass = conditioning.nullClass();
    return dropout == 0
        ? all
        : all.dropped(uniform(purpose, step, indices.length), dropout, nullClass);
  }

  private Tensor flipped(Tensor x, long step) {
    return samples.mirrored(x, uniform("train.flip", step, (int) x.size(0)).lt(HALF));
  }

  private static final org.bytedeco.pytorch.Scalar HALF = Tensors.constant(0.5);

  private Tensor uniform(String purpose, long step, int count) {
    return torch.rand(
        new long[] {count}, generator(purpose, step), new TensorOptions(torch.ScalarType.Float));
  }

  private GeneratorOptional generator(String purpose, long step) {
    return new GeneratorOptional(random.generator(purpose, step));
  }

  private Tensor own(Tensor tensor) {
    return Scope.immortal(pinned ? tensor.pin_memory() : tensor);
  }

  private static int[] pick(int[] values, int[] indices) {
    return Arrays.stream(indices).map(i -> values[i]).toArray();
  }
}
