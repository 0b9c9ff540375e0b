package io.winnow.nn;

import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** x sigmoid(x). */
public final class Silu {
  private Silu() {}

  /**
   * The activation of a tensor that nothing else reads: in place where no gradient is recorded,
   * which would need the input again.
   */
  public static Tensor ofTemporary(Tensor x) {
    return GradMode.is_enabled() ? torch.silu(x) : torch.silu_(x);
  }
}
