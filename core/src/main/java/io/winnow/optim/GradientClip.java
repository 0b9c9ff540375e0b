package io.winnow.optim;

import io.winnow.tensor.Kernels;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Clip by the global norm: every gradient times min(1, maxNorm / (norm + 1e-6)), where norm is over
 * all parameters together (the rule of PyTorch's {@code clip_grad_norm_}). Nothing here waits for
 * the device.
 */
public final class GradientClip implements AutoCloseable {
  private static final double PYTORCH_MARGIN = 1e-6;
  private static final Scalar ONE = Tensors.constant(1);

  private final Scalar margin;
  private final Scalar perMaxNorm;

  /** A clip at this norm; infinity measures and never clips. */
  public GradientClip(double maxNorm) {
    this(maxNorm, PYTORCH_MARGIN);
  }

  /**
   * As {@link #GradientClip(double)}, with another number than 1e-6 beside the norm.
   *
   * @param margin above 0; sail-sg/Adan takes its eps, 1e-8
   */
  public GradientClip(double maxNorm, double margin) {
    this.margin = Tensors.constant(margin);
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("gradientClip is " + maxNorm + ", but must be above 0");
    }
    perMaxNorm = Tensors.constant(1 / maxNorm);
  }

  /** The norm over all gradients before clipping, [] float32. */
  public Tensor norm(TensorGroup gradients) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return Kernels.norm(gradients);
    }
  }

  /**
   * What every gradient is to be divided by, max(1, (norm + 1e-6) / maxNorm), [] float32. The fused
   * Adam divides on the way, which saves one pass over all gradients.
   */
  public Tensor divisor(Tensor norm) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return scope.keep(norm.add(margin).mul_(perMaxNorm).clamp_min_(ONE));
    }
  }

  /** Clips in place, for optimisers that do not divide themselves; returns the norm before. */
  public Tensor clip(TensorGroup gradients) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor norm = Kernels.norm(gradients);
      Kernels.multiply(gradients, divisor(norm).reciprocal());
      return scope.keep(norm);
    }
  }

  /** Frees its constants. */
  @Override
  public void close() {
    margin.close();
    perMaxNorm.close();
  }
}
