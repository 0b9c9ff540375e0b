package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * What a step of training asks a network, and what the answers cost: one pass by a {@code
 * DenoisingLoss}, or the two of {@code MaskedObjective}. Everything that learns from the same
 * losses, a reference or a proxy, is asked the same {@link Passes}.
 */
public interface TrainingObjective {
  /**
   * Draws for one batch, on the CPU: a pure function of (seed, step).
   *
   * @param told the condition of the images, given the purpose of the draws by which labels are
   *     dropped from it: {@code train.labeldropout}, or one that begins with it
   * @param shape of the batch, {B, C, H, W}
   */
  StepDraw draw(RandomStreams random, long step, Function<String, Condition> told, long... shape);

  /**
   * The questions of a step.
   *
   * @param x0 clean images or latents, [B, C, H, W], float32
   * @param draw of {@link #draw}, beside the images
   */
  Passes passes(Tensor x0, StepDraw draw);

  /**
   * The question about all tokens at one level of noise, for {@link #compared}.
   *
   * @param x0 as above
   * @param condition of the images
   * @param level how far into the forward process, in [0, 1)
   * @param eps noise beside the images, [B, C, H, W]
   */
  Passes passes(Tensor x0, Condition condition, double level, Tensor eps);

  /**
   * The losses of every sample.
   *
   * @param answers of a network to {@code passes}
   */
  SampleLosses losses(Passes.Answers answers, Passes passes);

  /**
   * {@link SampleLosses#compared} of another network, which is asked no more than that takes.
   *
   * @return [B], float32
   */
  Tensor compared(Denoiser network, Passes passes);

  /** What {@link SampleLosses#compared} is, in words. */
  String comparison();

  /** The forward process in words: a checkpoint made under another one is refused. */
  String process();

  /** What it is, in words: a checkpoint made under another one is refused. */
  String identity();
}
