package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * What one pass through a network is asked in training, and what its answer costs; alone, it is the
 * objective of a training in one pass. Extension point: {@code Objective} on a noise schedule,
 * {@code HybridObjective} with a learnt variance, {@code FlowObjective} on straight paths.
 */
public interface DenoisingLoss extends TrainingObjective {
  /**
   * Times of one batch, on the CPU, [B]: a pure function of (seed, step).
   *
   * @param batch B
   */
  Tensor times(RandomStreams random, long step, long batch);

  /**
   * One time for a whole batch, on the CPU, [B].
   *
   * @param level how far into the forward process, in [0, 1)
   * @param batch B
   */
  Tensor time(double level, long batch);

  /**
   * The forward process.
   *
   * @param x0 clean images or latents, [B, C, H, W], float32
   * @param condition of the images
   * @param t of {@link #times}, beside the images, [B]
   * @param eps standard normal noise, [B, C, H, W]
   */
  Noised noised(Tensor x0, Condition condition, Tensor t, Tensor eps);

  /**
   * The loss of every sample.
   *
   * @param output what a network said about the noisy images
   * @return {@code [B]}, float32
   */
  Tensor loss(Prediction output, Noised noised);

  /**
   * The part of the loss by which networks are compared: all of it, unless there is more than a
   * squared error.
   *
   * @return {@code [B]}, float32
   */
  default Tensor squaredError(Prediction output, Noised noised) {
    return loss(output, noised);
  }

  /** Both at once. */
  default SampleLosses losses(Prediction output, Noised noised) {
    return SampleLosses.same(loss(output, noised));
  }

  @Override
  default StepDraw draw(
      RandomStreams random, long step, Function<String, Condition> told, long... shape) {
    return StepDraw.one(
        times(random, step, shape[0]),
        told.apply("train.labeldropout"),
        random.normal(shape, "train.noise", step));
  }

  @Override
  default Passes passes(Tensor x0, StepDraw draw) {
    return Passes.one(noised(x0, draw.full().condition(), draw.t(), draw.full().eps()));
  }

  @Override
  default Passes passes(Tensor x0, Condition condition, double level, Tensor eps) {
    Tensor t = time(level, x0.size(0)); // [B]
    return Passes.one(noised(x0, condition, t.to(x0.device(), t.scalar_type()), eps));
  }

  @Override
  default SampleLosses losses(Passes.Answers answers, Passes passes) {
    return losses(answers.full(), passes.full());
  }

  @Override
  default Tensor compared(Denoiser network, Passes passes) {
    return squaredError(passes.full().ask(network), passes.full());
  }

  @Override
  default String comparison() {
    return "squared error";
  }
}
