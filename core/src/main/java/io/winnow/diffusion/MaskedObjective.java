package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import java.util.function.Function;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Training of a masked transformer (Gao et al., 2023): every step asks the network twice about the
 * same images at the same times, first about all tokens, then with a part of them hidden; each pass
 * has its own noise and its own dropped labels. The loss of a sample is the sum of both.
 *
 * <p>Networks are compared by the pass without masks alone (mdt.md, section 8): what a network
 * makes of hidden tokens says nothing about its samples.
 */
public final class MaskedObjective implements TrainingObjective {
  private final DenoisingLoss loss;
  private final MaskRule rule;
  private final int tokens;

  /**
   * Both passes by one loss.
   *
   * @param network whose tokens and whose rule of hiding count
   */
  public MaskedObjective(DenoisingLoss loss, MaskedDenoiser network) {
    if (network.maskRule() == null) {
      throw new IllegalArgumentException(
          "objective: the network was made without masks; expected a maskRatio, 0.3 as published.");
    }
    this.loss = loss;
    this.rule = network.maskRule();
    this.tokens = network.tokens();
  }

  @Override
  public StepDraw draw(
      RandomStreams random, long step, Function<String, Condition> told, long... shape) {
    StepDraw full = loss.draw(random, step, told, shape);
    GeneratorOptional generator = new GeneratorOptional(random.generator("train.mask", step));
    TensorOptions real = new TensorOptions(torch.ScalarType.Float);
    Tensor order = torch.rand(new long[] {shape[0], tokens}, generator, real); // [B, L]
    return new StepDraw(
        full.t(),
        full.full(),
        new StepDraw.Pass(
            told.apply("train.labeldropout.masked"),
            random.normal(shape, "train.noise.masked", step)),
        mask(order, (float) random.uniform("train.maskratio", step)));
  }

  /**
   * The mask of given draws.
   *
   * @param order uniform draws for the tokens, [B, L]
   * @param ratio uniform draw for the share of tokens hidden
   */
  public TokenMask mask(Tensor order, float ratio) {
    return TokenMask.of(order, rule.kept(tokens, ratio));
  }

  @Override
  public Passes passes(Tensor x0, StepDraw draw) {
    return new Passes(
        noised(x0, draw.full(), draw.t()), noised(x0, draw.masked(), draw.t()), draw.mask());
  }

  @Override
  public Passes passes(Tensor x0, Condition condition, double level, Tensor eps) {
    return loss.passes(x0, condition, level, eps);
  }

  private Noised noised(Tensor x0, StepDraw.Pass pass, Tensor t) {
    return loss.noised(x0, pass.condition(), t, pass.eps());
  }

  @Override
  public SampleLosses losses(Passes.Answers answers, Passes passes) {
    SampleLosses full = loss.losses(answers.full(), passes.full());
    Tensor masked = loss.loss(answers.masked(), passes.masked()); // [B]
    return new SampleLosses(full.trained().add(masked), full.compared());
  }

  @Override
  public Tensor compared(Denoiser network, Passes passes) {
    return loss.compared(network, passes);
  }

  @Override
  public String comparison() {
    return loss.comparison() + " of the pass over all tokens";
  }

  @Override
  public String process() {
    return loss.process();
  }

  @Override
  public String identity() {
    return loss.identity() + " masked " + rule.ratio() + " + " + rule.spread();
  }
}
