package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Training of a masked transformer (Gao et al., 2023): every step asks the network twice about the
 * same images at the same times, first about all tokens, then with a part of them hidden; each pass
 * has its own noise and its own dropped labels. The loss of a sample is the sum of both.
 *
 * <p>What a step draws is a function of (seed, step), and {@link #passes} is made once: a proxy and
 * its reference asked about the same {@link Passes} see the same noise, labels and mask. Of an
 * excess loss {@link #fullLoss} is the part without masks.
 */
public final class MaskedObjective {
  private final DenoisingLoss loss;
  private final MaskRule rule;
  private final int tokens;
  private final double labelDropout;
  private final int nullClass;

  /**
   * What a step draws, on the CPU.
   *
   * @param t times of both passes, [B]
   * @param eps noise of the first pass, [B, C, H, W], float32
   * @param maskedEps noise of the second
   * @param drop uniform draws for the labels of the first pass, [B]
   * @param maskedDrop those of the second
   * @param order uniform draws for the tokens, [B, L]
   * @param ratio uniform draw for the share of tokens hidden
   */
  public record Draw(
      Tensor t,
      Tensor eps,
      Tensor maskedEps,
      Tensor drop,
      Tensor maskedDrop,
      Tensor order,
      float ratio) {}

  /** Both questions of a step. */
  public record Passes(Noised full, Noised masked, TokenMask mask) {
    /** Samples {@code from} to {@code from + size}; shares the memory. */
    public Passes narrow(long from, long size) {
      return new Passes(
          full.narrow(from, size), masked.narrow(from, size), mask.narrow(from, size));
    }

    /** What a network says to both. */
    public Answers ask(MaskedDenoiser network) {
      return new Answers(
          full.ask(network),
          network.predictMasked(masked.xt(), masked.t(), masked.condition(), mask));
    }
  }

  /** Outputs of the two passes, [B, C or 2 C, H, W] each. */
  public record Answers(Tensor full, Tensor masked) {}

  /**
   * Both passes by one loss.
   *
   * @param network whose tokens and whose rule of hiding count
   * @param labelDropout share of labels hidden in each pass
   * @param nullClass the label of "no class"
   */
  public MaskedObjective(
      DenoisingLoss loss, MaskedDenoiser network, double labelDropout, int nullClass) {
    if (network.maskRule() == null) {
      throw new IllegalArgumentException(
          "objective: the network was made without masks; expected a maskRatio, 0.3 as published.");
    }
    this.loss = loss;
    this.rule = network.maskRule();
    this.tokens = network.tokens();
    this.labelDropout = labelDropout;
    this.nullClass = nullClass;
  }

  /**
   * Draws for one batch: a pure function of (seed, step).
   *
   * @param shape of the batch, {B, C, H, W}
   */
  public Draw draw(RandomStreams random, long step, long... shape) {
    long batch = shape[0];
    return new Draw(
        loss.times(random, step, batch),
        random.normal(shape, "train.noise", step),
        random.normal(shape, "train.noise.masked", step),
        uniform(random, "train.labeldropout", step, batch),
        uniform(random, "train.labeldropout.masked", step, batch),
        uniform(random, "train.mask", step, batch, tokens),
        (float) random.uniform("train.maskratio", step));
  }

  private static Tensor uniform(RandomStreams random, String purpose, long step, long... shape) {
    GeneratorOptional generator = new GeneratorOptional(random.generator(purpose, step));
    return torch.rand(shape, generator, new TensorOptions(torch.ScalarType.Float));
  }

  /**
   * The forward process of both passes.
   *
   * @param x0 clean images or latents, [B, C, H, W], float32
   * @param condition classes of the images, none dropped yet
   * @param draw beside the images
   */
  public Passes passes(Tensor x0, Condition condition, Draw draw) {
    return new Passes(
        loss.noised(x0, dropped(condition, draw.drop()), draw.t(), draw.eps()),
        loss.noised(x0, dropped(condition, draw.maskedDrop()), draw.t(), draw.maskedEps()),
        TokenMask.of(draw.order(), rule.kept(tokens, draw.ratio())));
  }

  private Condition dropped(Condition condition, Tensor uniform) {
    return labelDropout == 0 ? condition : condition.dropped(uniform, labelDropout, nullClass);
  }

  /** The loss of every sample, [B], float32. */
  public Tensor loss(Answers answers, Passes passes) {
    return fullLoss(answers, passes).add(loss.loss(answers.masked(), passes.masked()));
  }

  /** The part of the pass that sees all tokens, [B], float32. */
  public Tensor fullLoss(Answers answers, Passes passes) {
    return loss.loss(answers.full(), passes.full());
  }

  /** What it is, in words: a checkpoint made under another one is refused. */
  public String identity() {
    return loss.identity() + " masked " + rule.ratio() + " + " + rule.spread();
  }
}
