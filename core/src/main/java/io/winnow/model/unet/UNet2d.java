package io.winnow.model.unet;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Prediction;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Embedding;
import io.winnow.nn.GroupNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Silu;
import io.winnow.tensor.Shapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The U-Net of Ho et al. (2020), class-conditional by an embedding that is added to the time's. Its
 * weights carry the names of diffusers' UNet2DModel, so checkpoints come and go unchanged. Source:
 * diffusers, {@code models/unets/unet_2d.py} and {@code unet_2d_blocks.py}.
 */
public final class UNet2d extends Layer implements DenoisingNetwork {
  private final UNet2dConfig config;
  private final Conv2d convIn;
  private final TimeEmbedding timeEmbedding;
  private final Embedding classEmbedding; // null for an unconditional network
  private final List<DownBlock2d> downBlocks = new ArrayList<>();
  private final List<UpBlock2d> upBlocks = new ArrayList<>();
  private final MidBlock2d midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  /** A network with all weights zero; load weights or call {@link #initAsTorch}. */
  public UNet2d(UNet2dConfig config) {
    this.config = config;
    int first = config.blockOutChannels().get(0);
    convIn = child("conv_in", Conv2d.same3x3(config.inChannels(), first));
    timeEmbedding = child("time_embedding", new TimeEmbedding(config.wave(), config.timeWidth()));
    classEmbedding =
        config.numClassEmbeds() == null
            ? null
            : child("class_embedding", new Embedding(config.numClassEmbeds(), config.timeWidth()));
    for (int i = 0; i < config.levels(); i++) {
      downBlocks.add(child("down_blocks." + i, new DownBlock2d(i, config)));
    }
    for (int i = 0; i < config.levels(); i++) {
      upBlocks.add(child("up_blocks." + i, new UpBlock2d(i, config)));
    }
    midBlock = child("mid_block", new MidBlock2d(config));
    convNormOut =
        child("conv_norm_out", new GroupNorm(config.normNumGroups(), first, config.normEps()));
    convOut = child("conv_out", Conv2d.same3x3(first, config.outChannels()));
  }

  public UNet2dConfig config() {
    return config;
  }

  @Override
  @OrNull
  public Integer imageHeight() {
    return config.sampleHeight();
  }

  @Override
  @OrNull
  public Integer imageWidth() {
    return config.sampleWidth();
  }

  @Override
  @OrNull
  public Integer classEmbeddings() {
    return config.numClassEmbeds();
  }

  @Override
  public boolean sameShape(DenoisingNetwork other) {
    return other instanceof UNet2d unet && unet.config.withDropout(0).equals(config.withDropout(0));
  }

  /**
   * Predicts eps, or what else it was trained for.
   *
   * @param xt noisy images, [B, C, H, W], float32; sides are multiples of 2^(L-1)
   * @param t times, [B], or [1] or [] for all; whole (0-based) or fractional
   * @param condition classes; none exactly for an unconditional network
   */
  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    Tensor temb = embed(xt, t, condition.labels()); // [B, D]
    Skips skips = new Skips(convIn.forward(centred(xt))); // [B, C, H, W]
    for (DownBlock2d down : downBlocks) {
      down.forward(skips, temb); // each pushes its skips
    }
    Tensor h = midBlock.forward(skips.last(), temb); // [B, 2C, H/8, W/8]
    for (UpBlock2d up : upBlocks) {
      h = up.forward(h, skips, temb); // each pops what down pushed
    }
    Tensor output = convOut.forward(Silu.ofTemporary(convNormOut.forward(h))); // [B, out, H, W]
    return Prediction.of(output, config.inChannels());
  }

  /**
   * Outputs of units of the way up, the features of denoising diffusion autoencoders (Xiang et al.,
   * 2023): out_k is the output of the k-th unit, attention included, counted from 1 at the coarsest
   * level and before the upsampler. Nothing above the largest k is computed.
   *
   * @param k which units, in 1 .. L (layersPerBlock + 1)
   * @return out_k by k, ascending, each [B, C_k, H_k, W_k]
   */
  public Map<Integer, Tensor> upBlockOutputs(
      Tensor xt, Tensor t, Condition condition, Set<Integer> k) {
    requireUnits(k);
    Tensor temb = embed(xt, t, condition.labels()); // [B, D]
    Skips skips = new Skips(convIn.forward(centred(xt))); // [B, C, H, W]
    for (DownBlock2d down : downBlocks) {
      down.forward(skips, temb);
    }
    Tensor h = midBlock.forward(skips.last(), temb);
    Map<Integer, Tensor> outputs = new LinkedHashMap<>();
    int unit = 0;
    for (UpBlock2d up : upBlocks) {
      for (int j = 0; j < up.units(); j++) {
        h = up.unit(j, h, skips, temb);
        unit++;
        if (k.contains(unit)) {
          outputs.put(unit, h);
        }
        if (outputs.size() == k.size()) {
          return outputs;
        }
      }
      h = up.upsampled(h);
    }
    return outputs;
  }

  private void requireUnits(Set<Integer> k) {
    int units = upBlocks.stream().mapToInt(UpBlock2d::units).sum();
    for (int wanted : k) {
      if (wanted < 1 || wanted > units) {
        throw new IllegalArgumentException(
            "UNet2d out_" + wanted + ": no such unit; the way up has out_1 to out_" + units);
      }
    }
  }

  /** silu of the time's and the label's embedding, [B, D]: all that the blocks use of it. */
  private Tensor embed(Tensor xt, Tensor t, Tensor y) {
    require(xt, t, y);
    Tensor times = t.to(torch.ScalarType.Float).reshape(-1).expand(xt.size(0)); // [B]
    Tensor temb = timeEmbedding.forward(times); // [B, D]
    return torch.silu(classEmbedding == null ? temb : temb.add(classEmbedding.forward(y)));
  }

  private Tensor centred(Tensor xt) {
    return config.centerInputSample() ? xt.mul(new Scalar(2.0)).sub(new Scalar(1.0)) : xt;
  }

  private void require(Tensor xt, Tensor t, Tensor y) {
    Shapes.require(xt, "UNet2d xt", Shapes.ANY, config.inChannels(), Shapes.ANY, Shapes.ANY);
    long multiple = 1L << (config.levels() - 1);
    if (xt.size(2) % multiple != 0 || xt.size(3) % multiple != 0) {
      throw new IllegalArgumentException(
          String.format(
              "UNet2d xt: %d x %d pixels, expected multiples of %d. Resize the images.",
              xt.size(2), xt.size(3), multiple));
    }
    if (t.numel() != 1) {
      Shapes.require(t, "UNet2d t", xt.size(0));
    }
    if (classEmbedding == null && y != null) {
      throw new IllegalArgumentException(
          "UNet2d y: labels for a network without classes; expected none. Was an unconditional"
              + " checkpoint loaded?");
    }
    if (classEmbedding != null && y == null) {
      throw new IllegalArgumentException(
          String.format(
              "UNet2d y: no labels for a network of %d classes; expected one per image. The last"
                  + " class stands for none.",
              config.numClassEmbeds()));
    }
    if (y != null) {
      Shapes.require(y, "UNet2d y", xt.size(0));
    }
  }

  /**
   * PyTorch's default initialisation, drawn in the order in which the peer builds the network: the
   * same seed gives the peer's weights.
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  @Override
  public void initAsTorch(long seed) {
    torch.manual_seed(seed);
    convIn.initAsTorch();
    timeEmbedding.initAsTorch();
    if (classEmbedding != null) {
      classEmbedding.initAsTorch();
    }
    downBlocks.forEach(DownBlock2d::initAsTorch);
    midBlock.initAsTorch();
    upBlocks.forEach(UpBlock2d::initAsTorch);
    convOut.initAsTorch();
  }
}
