package io.winnow.nn;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The residual block of diffusion U-Nets and autoencoders: two normalised 3x3 convolutions with the
 * time embedding between them. Source: diffusers, {@code models/resnet.py}.
 */
public final class ResnetBlock2d extends Layer {
  private final GroupNorm norm1;
  private final Conv2d conv1;
  private final Linear timeEmbProj; // null without a time embedding
  private final GroupNorm norm2;
  private final Dropout dropout;
  private final Conv2d conv2;
  private final Conv2d convShortcut; // null where the channels stay
  private final Scalar outputScale; // null for 1

  /**
   * What the blocks of a network share.
   *
   * @param timeWidth width of the time embedding, 0 for none
   * @param outputScale the sum of both branches is divided by it
   */
  public record Config(int timeWidth, int groups, double eps, double dropout, double outputScale) {}

  public ResnetBlock2d(int in, int out, Config config) {
    norm1 = child("norm1", new GroupNorm(config.groups(), in, config.eps()));
    conv1 = child("conv1", Conv2d.same3x3(in, out));
    timeEmbProj =
        config.timeWidth() > 0 ? child("time_emb_proj", new Linear(config.timeWidth(), out)) : null;
    norm2 = child("norm2", new GroupNorm(config.groups(), out, config.eps()));
    dropout = child("dropout", new Dropout(config.dropout()));
    conv2 = child("conv2", Conv2d.same3x3(out, out));
    convShortcut = in == out ? null : child("conv_shortcut", Conv2d.pointwise(in, out));
    outputScale = Residual.scale(config.outputScale());
  }

  /**
   * One block.
   *
   * @param x [B, in, H, W]
   * @param activatedTemb silu of the time embedding, [B, D]: every block starts with it, so it is
   *     taken once for all; null where the block has no time embedding
   * @return {@code [B, out, H, W]}
   */
  public Tensor forward(Tensor x, Tensor activatedTemb) {
    Tensor h = conv1.forward(Silu.ofTemporary(norm1.forward(x))); // [B, out, H, W]
    if (timeEmbProj != null) {
      h.add_(timeEmbProj.forward(activatedTemb).unsqueeze(-1).unsqueeze(-1)); // [B, out, 1, 1]
    }
    h = conv2.forward(dropout.forward(Silu.ofTemporary(norm2.forward(h)))); // [B, out, H, W]
    return Residual.sum(convShortcut == null ? x : convShortcut.forward(x), h, outputScale);
  }

  /** PyTorch's defaults, drawn in the order in which the peer builds the block. */
  public void initAsTorch() {
    conv1.initAsTorch();
    if (timeEmbProj != null) {
      timeEmbProj.initAsTorch();
    }
    conv2.initAsTorch();
    if (convShortcut != null) {
      convShortcut.initAsTorch();
    }
  }
}
