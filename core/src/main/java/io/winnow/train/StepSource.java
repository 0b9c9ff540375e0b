package io.winnow.train;

import io.winnow.data.ImageSource;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Objective;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes the inputs of any step: which images, flips, time steps, dropped labels, noise. A pure
 * function of (seed, step), whatever the device, so a resumed run draws what an undisturbed one
 * draws.
 */
final class StepSource implements InputSource {
  private final TrainSet set;
  private final ImageSource images;
  private final int[] groups; // [N]
  private final int[] labels; // [N]
  private final TrainConfig config;
  private final Plan plan;
  private final Objective objective;
  private final RandomStreams random;
  private final EpochOrder order;
  private final boolean pinned;
  private int epoch = -1;
  private int[] visits; // order of that epoch

  StepSource(
      TrainSet set,
      TrainConfig config,
      Plan plan,
      Objective objective,
      RandomStreams random,
      double[] probabilities,
      boolean pinned) {
    this.set = set;
    this.images = set.images();
    this.groups = set.groups();
    this.labels = images.labels();
    this.config = config;
    this.plan = plan;
    this.objective = objective;
    this.random = random;
    this.order = new EpochOrder(random, groups, probabilities);
    this.pinned = pinned;
  }

  @Override
  public StepInputs at(long step) {
    int[] indices = indices(step);
    int batch = indices.length;
    try (Scope scope = Scope.open()) {
      Tensor x = config.flip() ? flipped(images.batch(indices), step) : images.batch(indices);
      Objective.Draw draw =
          objective.draw(random, step, batch, images.channels(), images.height(), images.width());
      return new StepInputs(
          step,
          indices,
          pick(groups, indices),
          own(x),
          own(draw.t()),
          condition(step, indices),
          own(draw.eps()));
    }
  }

  private int[] indices(long step) {
    if (plan.epoch(step) != epoch) {
      epoch = plan.epoch(step);
      Plan.Phase phase = plan.phase(step);
      visits = order.of(epoch, phase.indices(), plan.weighted(step));
    }
    int from = plan.stepInEpoch(step) * config.batch();
    return Arrays.copyOfRange(visits, from, Math.min(visits.length, from + config.batch()));
  }

  private Condition condition(long step, int[] indices) {
    if (set.guidance() == null) {
      return Condition.NONE;
    }
    Condition all = Condition.ofClasses(Tensors.ofInts(pick(labels, indices))); // [B]
    double dropout = set.guidance().labelDropout();
    int nullClass = set.guidance().nullClass();
    Condition told =
        dropout == 0
            ? all
            : all.dropped(uniform("train.labeldropout", step, indices.length), dropout, nullClass);
    return told.map(this::own);
  }

  private Tensor flipped(Tensor x, long step) {
    Tensor mirrored = uniform("train.flip", step, (int) x.size(0)).lt(HALF).view(-1, 1, 1, 1);
    return torch.where(mirrored, x.flip(3), x);
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
