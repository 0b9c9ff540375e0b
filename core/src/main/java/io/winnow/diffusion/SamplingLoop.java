package io.winnow.diffusion;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The loop that every sampler shares: ask the network, take a step, free what the step used. */
final class SamplingLoop {
  private final int[] timesteps;
  private final Parameterization parameterization;
  private final NoiseSchedule schedule;
  private final Step step;

  /** One update of the batch. */
  @FunctionalInterface
  interface Step {
    /**
     * Moves from step k's time to the next.
     *
     * @param x the batch, [B, C, H, W]
     * @param predicted whose value is the noise, whatever the network predicts, float32
     */
    Moved from(int k, Tensor x, Prediction predicted, StepNoise noise);
  }

  /** The batch after a step, and the clean images that the step believed in. */
  record Moved(Tensor x, Tensor x0) {}

  /**
   * @param scheduler that the network was trained with
   */
  SamplingLoop(int[] timesteps, SchedulerConfig scheduler, Step step) {
    this.timesteps = timesteps;
    this.parameterization = scheduler.parameterization();
    this.schedule = new NoiseSchedule(scheduler.schedule());
    this.step = step;
  }

  Tensor run(
      Denoiser denoiser, Tensor xT, Condition condition, StepNoise noise, SampleListener listener) {
    Shapes.require(xT, "sampler xT", Shapes.ANY, Shapes.ANY, Shapes.ANY, Shapes.ANY);
    Tensor x = xT.clone(); // [B, C, H, W], lives for the whole loop
    try (Scope whole = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor times = times(x); // [n, B]
      for (int k = 0; k < timesteps.length; k++) {
        try (Scope scope = Scope.open()) {
          Tensor t = times.select(0, k); // [B]
          Moved moved = step.from(k, x, predicted(denoiser, x, t, condition), noise);
          x.copy_(moved.x());
          listener.onStep(new SampleStep(k + 1, timesteps.length, timesteps[k], x, moved.x0()));
        }
      }
    }
    return x;
  }

  /** The times of all steps beside the batch, so that no step waits for its own, [n, B]. */
  private Tensor times(Tensor x) {
    Tensor column = Tensors.ofInts(timesteps).unsqueeze(1); // [n, 1]
    return Tensors.sent(column, x.device()).repeat(1, x.size(0));
  }

  private Prediction predicted(Denoiser denoiser, Tensor x, Tensor t, Condition condition) {
    Prediction output =
        denoiser.predict(x, t, condition).map(channels -> channels.to(torch.ScalarType.Float));
    return output.withValue(parameterization.eps(schedule, output.value(), x, t)); // [B, C, H, W]
  }
}
