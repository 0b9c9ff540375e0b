package io.winnow.diffusion;

import io.winnow.config.OrNull;
import io.winnow.tensor.Constant;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * What training minimises: the squared error of every sample, w_t mean (output - target)^2 over
 * channels and pixels, so that the mean over the batch is the usual loss and class weights can be
 * put on the images (eq. 14 of Ho et al., 2020, for eps and w = 1; the objective of section III-A
 * of the paper). Everything that learns from the same losses, a reference or a proxy, asks the same
 * objective.
 */
public final class Objective implements DenoisingLoss {
  private final Parameterization parameterization;
  private final NoiseSchedule schedule;
  @OrNull private final Double minSnr;
  private final Constant weights; // w_t, [T], float32; null for 1

  /** What a step draws, on the CPU: steps t, [B], int64, and noise eps, [B, C, H, W], float32. */
  public record Draw(Tensor t, Tensor eps) {}

  /**
   * @param minSnr gamma of {@link Parameterization#minSnrWeight}, 5 as published; null for w = 1
   */
  public Objective(
      Parameterization parameterization, NoiseSchedule schedule, @OrNull Double minSnr) {
    if (minSnr != null && !(minSnr > 0)) {
      throw new IllegalArgumentException(
          "objective: minSnr is " + minSnr + ", but must be above 0; 5 is the published one.");
    }
    this.parameterization = parameterization;
    this.schedule = schedule;
    this.minSnr = minSnr;
    this.weights = minSnr == null ? null : Constant.of(weights(minSnr));
  }

  /** The plain objective of a network that predicts eps. */
  public static Objective eps(NoiseSchedule schedule) {
    return new Objective(Parameterization.EPS, schedule, null);
  }

  /**
   * The objective of a network that is to be sampled by this scheduler.
   *
   * @param minSnr as in the constructor
   */
  public static Objective of(SchedulerConfig scheduler, @OrNull Double minSnr) {
    return new Objective(
        scheduler.parameterization(), new NoiseSchedule(scheduler.schedule()), minSnr);
  }

  private Tensor weights(double gamma) {
    double[] alphaBar = schedule.alphaBar();
    float[] values = new float[alphaBar.length];
    for (int t = 0; t < values.length; t++) {
      double snr = alphaBar[t] / (1 - alphaBar[t]);
      values[t] = (float) parameterization.minSnrWeight(snr, gamma);
    }
    return Tensors.of(values, values.length);
  }

  Parameterization parameterization() {
    return parameterization;
  }

  public NoiseSchedule schedule() {
    return schedule;
  }

  /**
   * Draws for one batch: a pure function of (seed, step).
   *
   * @param shape of the batch, {B, C, H, W}
   */
  public Draw draw(RandomStreams random, long step, long... shape) {
    return new Draw(times(random, step, shape[0]), random.normal(shape, "train.noise", step));
  }

  @Override
  public Tensor times(RandomStreams random, long step, long batch) {
    GeneratorOptional generator = new GeneratorOptional(random.generator("train.timestep", step));
    TensorOptions integers = new TensorOptions(torch.ScalarType.Long);
    return torch.randint(schedule.trainSteps(), new long[] {batch}, generator, integers); // [B]
  }

  /** Step floor(level T), int64. */
  @Override
  public Tensor time(double level, long batch) {
    long t = (long) (level * schedule.trainSteps());
    return torch.full(
        new long[] {batch}, new Scalar(t), new TensorOptions(torch.ScalarType.Long)); // [B]
  }

  /**
   * The forward process.
   *
   * @param x0 clean images, [B, C, H, W], float32, in [-1, 1]
   * @param condition of the images
   * @param draw beside the images
   */
  public Noised noised(Tensor x0, Condition condition, Draw draw) {
    return noised(x0, condition, draw.t(), draw.eps());
  }

  @Override
  public Noised noised(Tensor x0, Condition condition, Tensor t, Tensor eps) {
    Tensor xt = schedule.addNoise(x0, eps, t); // [B, C, H, W]
    return new Noised(x0, xt, t, condition, eps);
  }

  /**
   * The loss of every sample; a learnt variance has no part in it.
   *
   * @param output what a network said about the noisy images
   * @return {@code [B]}, float32
   */
  @Override
  public Tensor loss(Prediction output, Noised noised) {
    Tensor target = parameterization.target(schedule, noised.x0(), noised.eps(), noised.t());
    Tensor loss =
        output.value().to(torch.ScalarType.Float).sub(target).square().mean(1, 2, 3); // [B]
    return weights == null ? loss : loss.mul(weightsAt(noised.t()));
  }

  private Tensor weightsAt(Tensor t) {
    return weights.beside(t).gather(0, t); // [B]
  }

  @Override
  public String process() {
    return schedule.config().toString();
  }

  @Override
  public String identity() {
    String name = parameterization.name().toLowerCase(java.util.Locale.ROOT);
    return minSnr == null ? name : name + " minSnr " + minSnr;
  }
}
