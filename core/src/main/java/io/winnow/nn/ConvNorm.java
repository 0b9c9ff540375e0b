package io.winnow.nn;

import io.winnow.tensor.Scope;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A convolution without bias and the batch norm after it, as one step. The two stay children of
 * their block under their own keys; a layer only remembers them to fold ({@link Layer#foldable}).
 *
 * <p>In evaluation a batch norm is a constant factor and shift per channel. {@link #fold} works
 * them into the convolution, with s = gamma / sqrt(var + eps): weight' = s weight, bias' = beta - s
 * mean, computed in float64 and rounded once. That saves one pass over the activations per
 * convolution.
 */
public final class ConvNorm implements Foldable {
  private final Conv2d conv;
  private final BatchNorm2d norm;
  private Tensor foldedWeight;
  private TensorOptional foldedBias;

  public ConvNorm(Conv2d conv, BatchNorm2d norm) {
    this.conv = conv;
    this.norm = norm;
  }

  /**
   * Convolves and normalises.
   *
   * @param x [B, C, H, W]
   * @return [B, D, H', W'], a tensor of its own that the caller may change in place
   */
  public Tensor forward(Tensor x) {
    return foldedWeight == null
        ? norm.forward(conv.forward(x))
        : conv.forward(x, foldedWeight, foldedBias);
  }

  /** Folds the running statistics into the convolution. */
  @Override
  public void fold() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Map<String, Tensor> statistics = norm.state();
      Tensor weight = conv.state().get("weight"); // [D, C, kH, kW]
      Tensor shift = statistics.get("bias"); // [D]
      Tensor variance = wide(statistics.get("running_var")).add(new Scalar(norm.eps()));
      Tensor scale = wide(statistics.get("weight")).div(variance.sqrt()); // [D]
      Tensor moved = scale.mul(wide(statistics.get("running_mean"))); // [D]
      // A copy into a tensor like it keeps the layout (NHWC or not) of what it stands for.
      foldedWeight =
          Scope.immortal(torch.empty_like(weight).copy_(wide(weight).mul(scale.view(-1, 1, 1, 1))));
      foldedBias =
          Scope.immortal(new TensorOptional(torch.empty_like(shift).copy_(wide(shift).sub(moved))));
    }
  }

  @Override
  public void close() {
    if (foldedWeight != null) {
      foldedWeight.close();
      foldedBias.close();
    }
  }

  private static Tensor wide(Tensor tensor) {
    return tensor.to(torch.ScalarType.Double);
  }
}
