package io.winnow.diffusion;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The perfect network of data N(mean, deviation^2), by its formula: of x = a x0 + b eps the
 * expected x0 is mean + a s^2 (x - a mean) / (a^2 s^2 + b^2), and eps likewise.
 */
final class GaussianDenoiser implements Denoiser {
  private final double mean;
  private final double deviation;
  private final Formulas process;

  /** What the network predicts from x0 and eps, and the weights of both in x at a time. */
  interface Formulas {
    double signal(double t);

    double noise(double t);

    Tensor answer(Tensor x0, Tensor eps, double signal, double noise);
  }

  GaussianDenoiser(double mean, double deviation, Formulas process) {
    this.mean = mean;
    this.deviation = deviation;
    this.process = process;
  }

  /** Velocities of straight paths. */
  static Formulas flow() {
    return process(t -> 1 - t / 1000, t -> t / 1000, (x0, eps, a, b) -> eps.sub(x0));
  }

  /** A parameterization on a schedule. */
  static Formulas of(NoiseSchedule schedule, Parameterization parameterization) {
    double[] signal = schedule.sqrtAlphaBar();
    double[] noise = schedule.sqrtOneMinusAlphaBar();
    return process(
        t -> signal[(int) t],
        t -> noise[(int) t],
        (x0, eps, a, b) ->
            switch (parameterization) {
              case EPS -> eps;
              case V -> eps.mul(new Scalar(a)).sub(x0.mul(new Scalar(b)));
              case X0 -> x0;
              case FM -> throw new IllegalArgumentException("no noise schedule");
            });
  }

  private interface Answer {
    Tensor of(Tensor x0, Tensor eps, double signal, double noise);
  }

  private static Formulas process(
      java.util.function.DoubleUnaryOperator signal,
      java.util.function.DoubleUnaryOperator noise,
      Answer answer) {
    return new Formulas() {
      @Override
      public double signal(double t) {
        return signal.applyAsDouble(t);
      }

      @Override
      public double noise(double t) {
        return noise.applyAsDouble(t);
      }

      @Override
      public Tensor answer(Tensor x0, Tensor eps, double a, double b) {
        return answer.of(x0, eps, a, b);
      }
    };
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    double time = Tensors.doubles(t)[0];
    double a = process.signal(time);
    double b = process.noise(time);
    double variance = a * a * deviation * deviation + b * b;
    Tensor rest = xt.sub(new Scalar(a * mean)).div(new Scalar(variance));
    Tensor x0 = rest.mul(new Scalar(a * deviation * deviation)).add(new Scalar(mean));
    return Prediction.of(process.answer(x0, rest.mul(new Scalar(b)), a, b));
  }
}
