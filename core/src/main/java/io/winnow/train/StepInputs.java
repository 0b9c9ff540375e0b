package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.diffusion.StepDraw;
import org.bytedeco.pytorch.Tensor;

/**
 * What one optimiser step draws, on the CPU. Close it after the step: it belongs to no scope.
 *
 * @param coefficients of the losses, [B], float32, where no weighting learns them from the step
 * @param weights factors of the curriculum in {@code coefficients}, [B], float64; null for 1
 * @param stored samples after flipping and drawing, in the form of their source, [B, ...]
 * @param draw times, conditions after label dropout, noise and masks of the B samples
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one step, never compared
record StepInputs(
    long step,
    int[] indices,
    int[] groups,
    Tensor coefficients,
    @OrNull Tensor weights,
    Tensor stored,
    StepDraw draw)
    implements AutoCloseable {
  int size() {
    return indices.length;
  }

  @Override
  public void close() {
    coefficients.close();
    if (weights != null) {
      weights.close();
    }
    stored.close();
    draw.tensors().forEach(Tensor::close);
  }
}
