package io.winnow.diffusion;

import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Sampling of single pixels in plain arithmetic, as an independent computation: q(x' | x, x0) is
 * the product of the two Gaussians q(x | x') and q(x' | x0), and DDIM keeps its variance times
 * eta^2.
 */
final class PlainSteps {
  /** What the made-up network predicts of a pixel: beyond what clipping lets through at times. */
  static final Denoiser NETWORK =
      (xt, t, y) -> {
        double time = Tensors.longs(t)[0];
        return Prediction.of(xt.mul(new Scalar(0.8)).add(new Scalar(Math.sin(time) * 0.7)));
      };

  /** A known z for every step. */
  static final StepNoise NOISE =
      (step, like) -> {
        float[] z = new float[(int) like.numel()];
        for (int i = 0; i < z.length; i++) {
          z[i] = (float) Math.cos(3 * step + i);
        }
        return Tensors.of(z, like.shape());
      };

  /** Pixels to start from. */
  static final float[] START = {1.5f, -0.4f, 0.1f, -2f};

  private PlainSteps() {}

  /** One step: from time t, where alphaBar is a, to a place where it is next. */
  record At(int t, double a, double next) {}

  /** alphaBar of betas given one by one, as the running product. */
  static double[] alphaBar(double[] betas) {
    double[] table = new double[betas.length];
    double product = 1;
    for (int i = 0; i < betas.length; i++) {
      product *= 1 - betas[i];
      table[i] = product;
    }
    return table;
  }

  /** n betas from first to last. */
  static double[] linear(int n, double first, double last) {
    double[] betas = new double[n];
    for (int i = 0; i < n; i++) {
      betas[i] = first + (last - first) * i / (n - 1);
    }
    return betas;
  }

  /** Variance of q(x' | x, x0). */
  static double posterior(double a, double next) {
    double ratio = a / next;
    return next == 1 ? 0 : 1 / (ratio / (1 - ratio) + 1 / (1 - next));
  }

  /**
   * Every batch on the way.
   *
   * @param clip of a predicted clean pixel
   * @param step number, place, pixel, clean pixel, predicted noise, drawn noise to the next pixel
   */
  static List<double[]> walk(List<At> way, DoubleUnaryOperator clip, Step step) {
    List<double[]> batches = new ArrayList<>();
    double[] x = {START[0], START[1], START[2], START[3]};
    for (int k = 0; k < way.size(); k++) {
      At at = way.get(k);
      double[] next = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double eps = 0.8 * x[i] + Math.sin(at.t()) * 0.7;
        double x0 = clip.applyAsDouble((x[i] - Math.sqrt(1 - at.a()) * eps) / Math.sqrt(at.a()));
        next[i] = step.next(k, at, x[i], x0, eps, Math.cos(3 * k + i));
      }
      batches.add(next);
      x = next;
    }
    return batches;
  }

  /** One pixel's step. */
  @FunctionalInterface
  interface Step {
    double next(int k, At at, double x, double x0, double eps, double z);
  }

  /** Mean of q(x' | x, x0). */
  static double mean(At at, double x, double x0) {
    double ratio = at.a() / at.next();
    return posterior(at.a(), at.next())
        * (Math.sqrt(ratio) / (1 - ratio) * x + Math.sqrt(at.next()) / (1 - at.next()) * x0);
  }

  /** Every batch that a sampler goes through; its last is what it returns. */
  static List<double[]> sampled(Sampler sampler) {
    List<double[]> batches = new ArrayList<>();
    Tensor xT = Tensors.of(START, 2, 1, 1, 2);
    Condition y = Condition.ofClasses(Tensors.of(new long[] {0, 1}, 2));
    Tensor last =
        sampler.sample(NETWORK, xT, y, NOISE, step -> batches.add(Tensors.doubles(step.x())));
    batches.add(Tensors.doubles(last));
    return batches;
  }
}
