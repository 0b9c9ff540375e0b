package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Group normalisation (Wu and He, 2018) with a learnable scale and shift per channel; they start at
 * 1 and 0.
 */
public final class GroupNorm extends Layer {
  private final TensorOptional weight; // [C]
  private final TensorOptional bias; // [C]
  private final int groups;
  private final double eps;

  public GroupNorm(int groups, int channels, double eps) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          "GroupNorm: " + channels + " channels, expected a multiple of " + groups + " groups");
    }
    this.weight = Init.optional(parameter("weight", torch.ones(channels)));
    this.bias = Init.optional(parameter("bias", torch.zeros(channels)));
    this.groups = groups;
    this.eps = eps;
  }

  /** {@code [B, C, ...] -> [B, C, ...]}. */
  public Tensor forward(Tensor x) {
    return torch.group_norm(x, groups, weight, bias, eps, true);
  }
}
