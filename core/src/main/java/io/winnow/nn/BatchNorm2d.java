package io.winnow.nn;

import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015). In training the batch's own statistics normalise
 * and move the running ones, whose variance is the unbiased one; in evaluation the running ones
 * normalise. Scale and shift start at 1 and 0.
 */
public final class BatchNorm2d extends Layer {
  private static final Scalar ONE = Scope.immortal(new Scalar(1L)); // an integer, as the count
  private static final TensorOptions COUNT =
      Scope.immortal(new TensorOptions(torch.ScalarType.Long));

  private final TensorOptional weight; // [C]
  private final TensorOptional bias; // [C]
  private final TensorOptional runningMean; // [C]
  private final TensorOptional runningVariance; // [C]
  private final Tensor batchesTracked; // [], int64
  private final double eps;
  private final double momentum;

  public BatchNorm2d(int channels, double eps, double momentum) {
    this.weight = optional(parameter("weight", torch.ones(channels)));
    this.bias = optional(parameter("bias", torch.zeros(channels)));
    this.runningMean = optional(buffer("running_mean", torch.zeros(channels)));
    this.runningVariance = optional(buffer("running_var", torch.ones(channels)));
    this.batchesTracked = buffer("num_batches_tracked", torch.zeros(new long[0], COUNT));
    this.eps = eps;
    this.momentum = momentum;
  }

  /** The engine's usual constants: eps 1e-5, momentum 0.1. */
  public BatchNorm2d(int channels) {
    this(channels, 1e-5, 0.1);
  }

  double eps() {
    return eps;
  }

  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  public Tensor forward(Tensor x) {
    if (training()) {
      try (NoGradGuard guard = new NoGradGuard()) {
        batchesTracked.add_(ONE);
      }
    }
    return torch.batch_norm(
        x, weight, bias, runningMean, runningVariance, training(), momentum, eps, true);
  }
}
