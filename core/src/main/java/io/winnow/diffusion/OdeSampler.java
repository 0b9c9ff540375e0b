package io.winnow.diffusion;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Deterministic sampling: the ordinary differential equation from noise to images, solved by Euler
 * or by Heun (Karras et al., 2022, algorithm 1). Euler on a noise schedule is DDIM with eta 0 and
 * without clipping. Heun's last step is Euler's, as no network is asked about clean images.
 */
public final class OdeSampler implements Sampler {
  private final OdePath path;
  private final Method method;

  /** The order of a step. */
  public enum Method {
    /** First order: one question a step. */
    EULER,
    /** Second order: two questions a step, one at the last. */
    HEUN
  }

  private OdeSampler(OdePath path, Method method) {
    this.path = path;
    this.method = method;
  }

  /**
   * For a network of {@link FlowObjective}.
   *
   * @param steps in equal parts of the time
   */
  public static OdeSampler flow(Method method, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("OdeSampler: " + steps + " steps; expected at least 1");
    }
    return new OdeSampler(new FlowPath(steps), method);
  }

  /**
   * For a network of {@link Objective}, whatever it predicts; the scheduler says at which times.
   */
  public static OdeSampler of(SchedulerConfig scheduler, Method method, int steps) {
    return new OdeSampler(new VariancePreservingPath(scheduler, steps), method);
  }

  /** Rounded where they are fractions. */
  @Override
  public int[] timesteps() {
    int[] times = new int[path.steps()];
    for (int k = 0; k < times.length; k++) {
      times[k] = (int) Math.rint(path.time(k));
    }
    return times;
  }

  @Override
  public Tensor sample(
      Denoiser denoiser, Tensor xT, Condition condition, StepNoise noise, SampleListener listener) {
    Shapes.require(xT, "sampler xT", Shapes.ANY, Shapes.ANY, Shapes.ANY, Shapes.ANY);
    int steps = path.steps();
    int[] times = timesteps();
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor y = xT.div(new Scalar(path.signal(0))); // [B, C, H, W], lives for the whole loop
      for (int k = 0; k < steps; k++) {
        try (Scope scope = Scope.open()) {
          Tensor d = direction(denoiser, y, k, condition); // [B, C, H, W]
          Tensor x0 = y.sub(d.mul(new Scalar(path.s(k)))); // where d leads, as signal(n) = 1
          y.copy_(next(denoiser, y, d, k, condition));
          Tensor x = y.mul(new Scalar(path.signal(k + 1)));
          listener.onStep(new SampleStep(k + 1, steps, times[k], x, x0));
        }
      }
      return y;
    }
  }

  private Tensor next(Denoiser denoiser, Tensor y, Tensor d, int k, Condition condition) {
    double h = path.s(k + 1) - path.s(k);
    Tensor euler = y.add(d.mul(new Scalar(h))); // [B, C, H, W]
    if (method == Method.EULER || k + 1 == path.steps()) {
      return euler;
    }
    Tensor there = direction(denoiser, euler, k + 1, condition); // [B, C, H, W]
    return y.add(d.add(there).mul(new Scalar(h / 2)));
  }

  private Tensor direction(Denoiser denoiser, Tensor y, int k, Condition condition) {
    Tensor x = y.mul(new Scalar(path.signal(k))); // [B, C, H, W]
    Tensor t = time(k, x); // [B]
    return path.direction(
        denoiser.predict(x, t, condition).value().to(torch.ScalarType.Float), x, t);
  }

  private Tensor time(int k, Tensor x) {
    Tensor t = x.new_full(new long[] {x.size(0)}, new Scalar(path.time(k))); // [B], beside x
    return path.wholeTimes() ? t.to(torch.ScalarType.Long) : t;
  }
}
