package io.winnow.nn;

import io.winnow.tensor.Compute;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Group normalisation (Wu and He, 2018) with a learnable scale and shift per channel; they start at
 * 1 and 0.
 *
 * <p>The engine's CPU kernel for the NHWC layout is slow where a group has not a whole number of
 * vectors of 8 channels: the sums of {@link #byChannelSums} are then faster (bench/README.md). On
 * CUDA the engine's kernel copies channels-last inputs; {@link Layout#CHANNELS_LAST_SUMS} takes the
 * sums of {@link #inType}. Their statistics are float32 whatever the input's type, and the output
 * has that type.
 */
public final class GroupNorm extends Layer {
  private static final int VECTOR = 8;

  /** From so many pixels on the kernel's forward pass, other than its backward pass, is fast. */
  private static final int LARGE_MAP = 1024;

  private static final long[] PIXELS = {2, 3};
  private static final Scalar ZERO = Tensors.constant(0);
  private static final Scalar TWO = Tensors.constant(2);

  private final Tensor weight; // [C]
  private final Tensor bias; // [C]
  private final TensorOptional optionalWeight;
  private final TensorOptional optionalBias;
  private final int groups;
  private final int groupWidth;
  private final double eps;
  private final Scalar scalarEps;
  private boolean sums;

  public GroupNorm(int groups, int channels, double eps) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          "GroupNorm: " + channels + " channels, expected a multiple of " + groups + " groups");
    }
    this.weight = parameter("weight", torch.ones(channels));
    this.bias = parameter("bias", torch.zeros(channels));
    this.optionalWeight = optional(weight);
    this.optionalBias = optional(bias);
    this.groups = groups;
    this.groupWidth = channels / groups;
    this.eps = eps;
    this.scalarEps = held(new Scalar(eps));
  }

  /** {@code [B, C, ...] -> [B, C, ...]}. */
  public Tensor forward(Tensor x) {
    if (sums && x.dim() == 4) {
      return inType(x);
    }
    return kernelIsSlow(x)
        ? byChannelSums(x)
        : torch.group_norm(x, groups, optionalWeight, optionalBias, eps, true);
  }

  @Override
  protected void onLayout(Layout layout) {
    sums = layout == Layout.CHANNELS_LAST_SUMS;
  }

  /**
   * The norm with statistics in float32 that reads and writes the input's type: no copy of x in
   * float32, as autocast makes one for the engine's kernel.
   */
  Tensor inType(Tensor x) {
    try (Compute.Autocast none = Compute.Autocast.off(x.device())) {
      ScalarTypeOptional single = new ScalarTypeOptional(torch.ScalarType.Float);
      Tensor sum = x.sum(PIXELS, false, single); // [B, C]
      Tensor norm = torch.linalg_vector_norm(x, TWO, PIXELS, false, single);
      return fromSums(x, sum, norm.square());
    }
  }

  private boolean kernelIsSlow(Tensor x) {
    return groupWidth % VECTOR != 0
        && x.dim() == 4
        && !x.is_cuda()
        && x.scalar_type().intern() == torch.ScalarType.Float
        && !x.is_contiguous()
        && x.is_contiguous(torch.MemoryFormat.ChannelsLast)
        && (GradMode.is_enabled() || x.size(2) * x.size(3) < LARGE_MAP);
  }

  /**
   * Mean and variance of a group from the sums over the pixels of its channels, as the kernel
   * itself has them; then one multiplication and addition per value.
   */
  private Tensor byChannelSums(Tensor x) {
    return fromSums(x, x.sum(PIXELS), x.square().sum(PIXELS));
  }

  /**
   * @param sum over the pixels, [B, C], float32
   * @param squares sums of squares likewise
   */
  private Tensor fromSums(Tensor x, Tensor sum, Tensor squares) {
    long batch = x.size(0);
    Scalar perGroup = new Scalar(1.0 / ((double) groupWidth * x.size(2) * x.size(3)));
    Tensor mean = grouped(sum).sum(2).mul(perGroup).unsqueeze(-1); // [B, G, 1]
    Tensor meanSquare = grouped(squares).sum(2).mul(perGroup).unsqueeze(-1); // [B, G, 1]
    Tensor variance = meanSquare.sub(mean.square()).clamp_min(ZERO);
    Tensor scale = variance.add(scalarEps).rsqrt().mul(grouped(weight)); // [B, G, C / G]
    Tensor shift = grouped(bias).sub(mean.mul(scale)); // [B, G, C / G]
    long channels = x.size(1);
    Tensor shifts = shift.view(batch, channels, 1, 1).to(x.scalar_type());
    return torch.addcmul(shifts, x, scale.view(batch, channels, 1, 1).to(x.scalar_type()));
  }

  private Tensor grouped(Tensor channels) {
    return channels.view(-1, groups, groupWidth); // [B or 1, G, C / G]
  }
}
