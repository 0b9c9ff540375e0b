package io.winnow.diffusion;

import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * What a step of training draws besides its images.
 *
 * @param t times, the same for all passes, [B]: int64 steps, or float32 on straight paths
 * @param full what the pass over all tokens is told
 * @param masked what the pass over a part of them is told; null for one pass
 * @param mask which part that is; null for one pass
 */
public record StepDraw(Tensor t, Pass full, @OrNull Pass masked, @OrNull TokenMask mask) {
  /**
   * One pass.
   *
   * @param condition after label dropout
   * @param eps noise, [B, C, H, W], float32
   */
  public record Pass(Condition condition, Tensor eps) {
    private Pass map(UnaryOperator<Tensor> noise, UnaryOperator<Tensor> others) {
      return new Pass(condition.map(others), noise.apply(eps));
    }
  }

  /** Of one pass. */
  public static StepDraw one(Tensor t, Condition condition, Tensor eps) {
    return new StepDraw(t, new Pass(condition, eps), null, null);
  }

  /** The same draws with their tensors somewhere else. */
  public StepDraw map(UnaryOperator<Tensor> noise, UnaryOperator<Tensor> others) {
    return new StepDraw(
        others.apply(t),
        full.map(noise, others),
        masked == null ? null : masked.map(noise, others),
        mask == null ? null : mask.map(others));
  }

  /** All tensors, for whoever owns them. */
  public List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(List.of(t, full.eps()));
    tensors.addAll(full.condition().tensors());
    if (masked != null) {
      tensors.add(masked.eps());
      tensors.addAll(masked.condition().tensors());
      tensors.addAll(List.of(mask.kept(), mask.restore(), mask.removed()));
    }
    return tensors;
  }
}
