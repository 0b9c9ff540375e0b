package io.winnow.diffusion;

import io.winnow.config.OrNull;
import io.winnow.tensor.Constant;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of a network that learns the variance too (Nichol and Dhariwal, 2021): w_t mean (output
 * - target)^2 + vb, with vb in bits per dimension and of full weight (sail-sg/MDT, {@code
 * rescale_learned_sigmas} off). vb is KL(q(x_{t-1} | x_t, x0) || p), or at t = 0 the negative
 * log-likelihood of x0 under a Gaussian in steps of 2/255. It moves the variance alone: the
 * prediction in it has no gradient. w_t is that of {@link Objective}; vb is not weighted.
 */
public final class HybridObjective implements DenoisingLoss {
  private static final Scalar ONE = Tensors.constant(1);
  private static final Scalar HALF = Tensors.constant(0.5);
  private static final double HALF_STEP = 1.0 / 255;
  private static final double EDGE = 0.999;
  private static final Scalar SMALLEST = Tensors.constant(1e-12);

  private final Objective simple;
  private final Constant logBeta; // [T], float32, as all of these
  private final Constant logPosterior;
  private final Constant meanOfX0;
  private final Constant meanOfXt;
  private final Constant recip; // sqrt(1 / alphaBar)
  private final Constant recipMinus1; // sqrt(1 / alphaBar - 1)

  /**
   * Both terms of every sample.
   *
   * @param mse weighted squared error, [B]
   * @param vb bits per dimension, [B]
   */
  public record Terms(Tensor mse, Tensor vb) {}

  /**
   * @param minSnr as in {@link Objective}: 5 for version 2 of MDT, null (w = 1) for version 1
   */
  public HybridObjective(
      Parameterization parameterization, NoiseSchedule schedule, @OrNull Double minSnr) {
    this.simple = new Objective(parameterization, schedule, minSnr);
    double[] alphaBar = schedule.alphaBar();
    this.logBeta = table(Arrays.stream(schedule.betas()).map(Math::log).toArray());
    this.logPosterior = table(schedule.posteriorLogVarianceClipped());
    this.meanOfX0 = table(schedule.posteriorMeanOfX0());
    this.meanOfXt = table(schedule.posteriorMeanOfXt());
    this.recip = table(Arrays.stream(alphaBar).map(a -> Math.sqrt(1 / a)).toArray());
    this.recipMinus1 = table(Arrays.stream(alphaBar).map(a -> Math.sqrt(1 / a - 1)).toArray());
  }

  private static Constant table(double[] values) {
    return Constant.of(Tensors.of(NoiseSchedule.rounded(values), values.length));
  }

  @Override
  public Tensor times(RandomStreams random, long step, long batch) {
    return simple.times(random, step, batch);
  }

  @Override
  public Tensor time(double level, long batch) {
    return simple.time(level, batch);
  }

  @Override
  public Noised noised(Tensor x0, Condition condition, Tensor t, Tensor eps) {
    return simple.noised(x0, condition, t, eps);
  }

  /** As in {@link DenoisingLoss#loss}; the output has a variance. */
  @Override
  public Tensor loss(Prediction output, Noised noised) {
    return losses(output, noised).trained();
  }

  /** The squared error, weighted, without the bits of the variance. */
  @Override
  public Tensor squaredError(Prediction output, Noised noised) {
    return simple.loss(withVariance(output, noised), noised);
  }

  @Override
  public SampleLosses losses(Prediction output, Noised noised) {
    Terms terms = terms(output, noised);
    return new SampleLosses(terms.mse().add(terms.vb()), terms.mse());
  }

  /**
   * The loss in its two terms.
   *
   * @param output with a variance
   */
  public Terms terms(Prediction output, Noised noised) {
    Prediction both = withVariance(output, noised);
    Tensor predicted = both.value().detach(); // [B, C, H, W]
    return new Terms(simple.loss(both, noised), vb(predicted, both.variance(), noised));
  }

  /** In float32. */
  private static Prediction withVariance(Prediction output, Noised noised) {
    if (output.variance() == null) {
      throw new IllegalArgumentException(
          "HybridObjective: %d output channels for %d of the images; expected twice as many. Was the"
                  .formatted(output.value().size(1), noised.x0().size(1))
              + " network made with learnSigma?");
    }
    return output.map(channels -> channels.to(torch.ScalarType.Float));
  }

  private Tensor vb(Tensor predicted, Tensor v, Noised noised) {
    Tensor t = noised.t();
    Tensor xt = noised.xt();
    Tensor eps = simple.parameterization().eps(simple.schedule(), predicted, xt, t);
    Tensor small = at(logPosterior, noised); // [B, 1, 1, 1]
    Tensor f = v.add(ONE).mul(HALF);
    Tensor log = f.mul(at(logBeta, noised)).add(f.neg().add(ONE).mul(small)); // [B, C, H, W]
    Tensor x0 = at(recip, noised).mul(xt).sub(at(recipMinus1, noised).mul(eps));
    Tensor mean = mean(x0, noised); // [B, C, H, W]
    Tensor kl = kl(mean(noised.x0(), noised), small, mean, log).mean(1, 2, 3); // [B]
    Tensor nll = negativeLogLikelihood(noised.x0(), mean, log).mean(1, 2, 3); // [B]
    return torch.where(t.eq(new Scalar(0)), nll, kl).div(new Scalar(Math.log(2)));
  }

  /** Mean of q(x_{t-1} | x_t, x0), [B, C, H, W]. */
  private Tensor mean(Tensor x0, Noised noised) {
    return at(meanOfX0, noised).mul(x0).add(at(meanOfXt, noised).mul(noised.xt()));
  }

  private static Tensor at(Constant table, Noised noised) {
    return NoiseSchedule.perImage(table, noised.t(), noised.xt());
  }

  /** KL(N(mean1, exp log1) || N(mean2, exp log2)) in nats. */
  private static Tensor kl(Tensor mean1, Tensor log1, Tensor mean2, Tensor log2) {
    Tensor squared = mean1.sub(mean2).square().mul(log2.neg().exp());
    Tensor ratio = log1.sub(log2);
    return ratio.exp().sub(ratio).add(squared).sub(ONE).mul(HALF);
  }

  /** In nats; the outermost steps reach to infinity. */
  private static Tensor negativeLogLikelihood(Tensor x0, Tensor mean, Tensor log) {
    Tensor inverse = log.mul(new Scalar(-0.5)).exp();
    Tensor centred = x0.sub(mean);
    Tensor plus = normalCdf(inverse.mul(centred.add(new Scalar(HALF_STEP))));
    Tensor minus = normalCdf(inverse.mul(centred.sub(new Scalar(HALF_STEP))));
    Tensor inside = logOf(plus.sub(minus));
    Tensor above = torch.where(x0.gt(new Scalar(EDGE)), logOf(minus.neg().add(ONE)), inside);
    return torch.where(x0.lt(new Scalar(-EDGE)), logOf(plus), above).neg();
  }

  private static Tensor logOf(Tensor probability) {
    return probability.clamp_min(SMALLEST).log();
  }

  /** The tanh approximation of Page (1977), which the reference takes. */
  private static Tensor normalCdf(Tensor z) {
    Tensor cubic = z.pow(new Scalar(3)).mul(new Scalar(0.044715)).add(z);
    return cubic.mul(new Scalar(Math.sqrt(2 / Math.PI))).tanh().add(ONE).mul(HALF);
  }

  @Override
  public String comparison() {
    return "squared error without the learnt variance";
  }

  @Override
  public String process() {
    return simple.process();
  }

  @Override
  public String identity() {
    return simple.identity() + " learned-range";
  }
}
