package io.winnow.diffusion;

import io.winnow.tensor.Constant;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The forward process q(x_t | x_0): tables over t = 0 .. T-1 (0-based, as the network sees them),
 * with {@code alphaBar_t = prod_{s<=t} (1 - beta_s)} and alphaBar_{-1} = 1.
 *
 * <p>Tables are built in float64; those that meet images are rounded to float32 once. The peers
 * build theirs in float32 and differ from these by 4e-7 (linear) to 1.3e-5 (cosine), relative.
 */
public final class NoiseSchedule {
  private final ScheduleConfig config;
  private final double[] betas; // [T]
  private final double[] alphaBar; // [T]
  private final Constant signal; // sqrt(alphaBar), [T], float32
  private final Constant noise; // sqrt(1 - alphaBar), [T], float32

  public NoiseSchedule(ScheduleConfig config) {
    this.config = config;
    this.betas = config.betas();
    this.alphaBar = new double[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1 - betas[t];
      alphaBar[t] = product;
    }
    this.signal = Constant.of(Tensors.of(rounded(sqrtAlphaBar()), betas.length));
    this.noise = Constant.of(Tensors.of(rounded(sqrtOneMinusAlphaBar()), betas.length));
  }

  public ScheduleConfig config() {
    return config;
  }

  /** T. */
  public int trainSteps() {
    return betas.length;
  }

  /** beta_t, [T]. */
  public double[] betas() {
    return betas.clone();
  }

  /** alphaBar_t, [T]. */
  public double[] alphaBar() {
    return alphaBar.clone();
  }

  /** alphaBar_{t-1}, [T]; 1 at t = 0. */
  public double[] alphaBarPrevious() {
    return table(this::previous);
  }

  /** Weight of x_0 in x_t, [T]. */
  public double[] sqrtAlphaBar() {
    return table(t -> Math.sqrt(alphaBar[t]));
  }

  /** Weight of eps in x_t, [T]. */
  public double[] sqrtOneMinusAlphaBar() {
    return table(t -> Math.sqrt(1 - alphaBar[t]));
  }

  /** Variance of q(x_{t-1} | x_t, x_0), [T]; 0 at t = 0. */
  public double[] posteriorVariance() {
    return table(t -> betas[t] * (1 - previous(t)) / (1 - alphaBar[t]));
  }

  /** Its logarithm, with t = 0 clipped to the value of t = 1, [T]. */
  public double[] posteriorLogVarianceClipped() {
    double[] variance = posteriorVariance();
    return table(t -> Math.log(variance[Math.max(t, Math.min(1, variance.length - 1))]));
  }

  /** Weight of x_0 in the mean of q(x_{t-1} | x_t, x_0), [T]. */
  public double[] posteriorMeanOfX0() {
    return table(t -> betas[t] * Math.sqrt(previous(t)) / (1 - alphaBar[t]));
  }

  /** Weight of x_t in the mean of q(x_{t-1} | x_t, x_0), [T]. */
  public double[] posteriorMeanOfXt() {
    return table(t -> (1 - previous(t)) * Math.sqrt(1 - betas[t]) / (1 - alphaBar[t]));
  }

  /**
   * x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) eps.
   *
   * @param x0 clean images, [B, C, H, W], float32, in [-1, 1]
   * @param eps standard normal noise, [B, C, H, W]
   * @param t steps in 0 .. T-1, [B], int64
   * @return {@code [B, C, H, W]}
   */
  public Tensor addNoise(Tensor x0, Tensor eps, Tensor t) {
    return x0.mul(signal(t, x0)).add(eps.mul(noise(t, x0)));
  }

  /** sqrt(alphaBar_t) of every image, [B, 1, 1, 1], float32, beside {@code like}. */
  Tensor signal(Tensor t, Tensor like) {
    return perImage(signal, t, like);
  }

  /** sqrt(1 - alphaBar_t) of every image, [B, 1, 1, 1], float32, beside {@code like}. */
  Tensor noise(Tensor t, Tensor like) {
    return perImage(noise, t, like);
  }

  /** A table's values at the steps of a batch, [B, 1, 1, 1], float32, beside {@code like}. */
  static Tensor perImage(Constant table, Tensor t, Tensor like) {
    return table.beside(like).gather(0, t).view(-1, 1, 1, 1); // [B, 1, 1, 1]
  }

  private double previous(int t) {
    return t == 0 ? 1 : alphaBar[t - 1];
  }

  private double[] table(java.util.function.IntToDoubleFunction value) {
    double[] values = new double[betas.length];
    java.util.Arrays.setAll(values, value);
    return values;
  }

  static float[] rounded(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
