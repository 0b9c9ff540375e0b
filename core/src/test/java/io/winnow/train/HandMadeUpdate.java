package io.winnow.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The training of an {@link AffineDenoiser} in plain double arithmetic, written from the formulas
 * (Ho et al., 2020; Kingma and Ba, 2015; PyTorch's documentation of clip_grad_norm_ and Adam) and
 * from nothing of the product: what {@link TrainUpdate} must come to.
 */
final class HandMadeUpdate {
  static final double BETA1 = 0.8;
  static final double BETA2 = 0.95;
  static final double EPS = 1e-3;
  static final double DECAY = 0.05;
  private static final int CHANNEL = PlainImages.HEIGHT * PlainImages.WIDTH;
  private static final int N = PlainImages.PIXELS;

  /** gain 0..2, classes 3..6, slope 7. */
  final double[] p = new double[8];

  final double[] m = new double[8];
  final double[] v = new double[8];
  final double[] ema;
  double emaPasses;
  double passes;
  int k;
  final List<Double> losses = new ArrayList<>();
  final List<Double> norms = new ArrayList<>();
  private final double[] alphaBar; // [T]

  HandMadeUpdate(int trainSteps, double betaStart, double betaEnd) {
    System.arraycopy(AffineDenoiser.GAIN, 0, p, 0, 3);
    System.arraycopy(AffineDenoiser.CLASSES, 0, p, 3, 4);
    p[7] = AffineDenoiser.SLOPE;
    ema = p.clone();
    alphaBar = new double[trainSteps];
    double product = 1;
    for (int t = 0; t < trainSteps; t++) {
      product *= 1 - (betaStart + (betaEnd - betaStart) * t / (trainSteps - 1));
      alphaBar[t] = product;
    }
  }

  /** x_t of one sample, [C * H * W]. */
  double[] noisy(Drawn drawn, int sample) {
    double signal = Math.sqrt(alphaBar[(int) drawn.t()[sample]]);
    double noise = Math.sqrt(1 - alphaBar[(int) drawn.t()[sample]]);
    byte[] image = drawn.image(sample);
    double[] xt = new double[N];
    for (int i = 0; i < N; i++) {
      double x0 = (image[i] & 0xff) / 127.5 - 1; // 0 is -1, 255 is 1
      xt[i] = signal * x0 + noise * drawn.eps()[sample * N + i];
    }
    return xt;
  }

  /** Mean squared error of one sample; its gradient times {@code coefficient} is added to g. */
  private double loss(Drawn drawn, int sample, double coefficient, double[] g) {
    double[] xt = noisy(drawn, sample);
    int y = (int) drawn.y()[sample];
    double tau = drawn.t()[sample] / 1000.0;
    double sum = 0;
    for (int i = 0; i < N; i++) {
      double residual =
          p[i / CHANNEL] * xt[i] + p[3 + y] + p[7] * tau - drawn.eps()[sample * N + i];
      sum += residual * residual;
      double slope = coefficient * 2 * residual / N;
      g[i / CHANNEL] += slope * xt[i];
      g[3 + y] += slope;
      g[7] += slope * tau;
    }
    return sum / N;
  }

  /** Losses of the samples of a step, as the network is now, [B]. */
  double[] losses(Drawn drawn) {
    double[] losses = new double[drawn.size()];
    Arrays.setAll(losses, i -> loss(drawn, i, 0, new double[8]));
    return losses;
  }

  /**
   * One step.
   *
   * @param coefficients of the samples' losses, [B]
   * @param maxNorm global norm to clip at; infinite for no clip
   * @param decay of the moving average in this step
   * @param forwards passes through the network in this step
   */
  void step(
      Drawn drawn, double[] coefficients, double rate, double maxNorm, double decay, int forwards) {
    double[] g = new double[8];
    double total = 0;
    for (int i = 0; i < drawn.size(); i++) {
      total += coefficients[i] * loss(drawn, i, coefficients[i], g);
    }
    double norm = Math.sqrt(Arrays.stream(g).map(x -> x * x).sum());
    k++;
    for (int j = 0; j < 8; j++) {
      double gradient = g[j] * Math.min(1, maxNorm / (norm + 1e-6)) + DECAY * p[j];
      m[j] = BETA1 * m[j] + (1 - BETA1) * gradient;
      v[j] = BETA2 * v[j] + (1 - BETA2) * gradient * gradient;
      double first = m[j] / (1 - Math.pow(BETA1, k));
      double second = v[j] / (1 - Math.pow(BETA2, k));
      p[j] -= rate * first / (Math.sqrt(second) + EPS);
      ema[j] = decay * ema[j] + (1 - decay) * p[j];
    }
    passes += forwards;
    emaPasses = decay * emaPasses + (1 - decay) * passes;
    losses.add(total);
    norms.add(norm);
  }
}
