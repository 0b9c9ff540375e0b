package io.winnow.model.mdt;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Layer normalisation whose scale and shift come from the condition (Peebles and Xie, 2023). */
final class Modulated {
  private static final double EPS = 1e-6;
  private static final TensorOptional NONE = Scope.immortal(new TensorOptional());
  private static final Scalar ONE = Tensors.constant(1);

  private Modulated() {}

  /**
   * LN(x) (1 + scale) + shift.
   *
   * @param x [B, N, D]
   * @param shift [B, 1, D]
   * @param scale [B, 1, D]
   * @return {@code [B, N, D]}
   */
  static Tensor norm(Tensor x, Tensor shift, Tensor scale) {
    Tensor normal = torch.layer_norm(x, new long[] {x.size(2)}, NONE, NONE, EPS, true);
    return torch.addcmul(shift, normal, scale.add(ONE));
  }
}
