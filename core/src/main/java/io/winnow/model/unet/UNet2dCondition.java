package io.winnow.model.unet;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Prediction;
import io.winnow.nn.Conv2d;
import io.winnow.nn.GroupNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Recomputation;
import io.winnow.nn.Silu;
import io.winnow.tensor.Shapes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The U-Net of latent diffusion (Rombach et al., 2022), told texts by attention to their states:
 * that of Stable Diffusion 1 and 2. Its weights carry the names of diffusers' UNet2DConditionModel.
 * Source: diffusers, {@code models/unets/unet_2d_condition.py} and {@code unet_2d_blocks.py}.
 */
public final class UNet2dCondition extends Layer implements DenoisingNetwork {
  private final UNet2dConditionConfig config;
  private final Conv2d convIn;
  private final TimeEmbedding timeEmbedding;
  private final List<ConditionDownBlock2d> downBlocks = new ArrayList<>();
  private final List<ConditionUpBlock2d> upBlocks = new ArrayList<>();
  private final ConditionMidBlock2d midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;
  private final Recomputation steps = new Recomputation();

  /** A network with all weights zero; load weights or call {@link #initAsTorch}. */
  public UNet2dCondition(UNet2dConditionConfig config) {
    this.config = config;
    int first = config.blockOutChannels().get(0);
    convIn = child("conv_in", Conv2d.same3x3(config.inChannels(), first));
    timeEmbedding = child("time_embedding", new TimeEmbedding(config.wave(), config.timeWidth()));
    for (int i = 0; i < config.levels(); i++) {
      downBlocks.add(child("down_blocks." + i, new ConditionDownBlock2d(i, config)));
    }
    for (int i = 0; i < config.levels(); i++) {
      upBlocks.add(child("up_blocks." + i, new ConditionUpBlock2d(i, config)));
    }
    midBlock = child("mid_block", new ConditionMidBlock2d(config));
    convNormOut =
        child("conv_norm_out", new GroupNorm(config.normNumGroups(), first, config.normEps()));
    convOut = child("conv_out", Conv2d.same3x3(first, config.outChannels()));
  }

  public UNet2dConditionConfig config() {
    return config;
  }

  /** In cells of the latents. */
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

  /** Null: it is told texts. */
  @Override
  @OrNull
  public Integer classEmbeddings() {
    return null;
  }

  @Override
  public boolean sameShape(DenoisingNetwork other) {
    return other instanceof UNet2dCondition unet
        && unet.config.withDropout(0).equals(config.withDropout(0));
  }

  /**
   * Predicts eps, or what else it was trained for.
   *
   * @param xt noisy latents, [B, Z, H, W], float32, of any size
   * @param t times, [B], or [1] or [] for all
   * @param condition prompts, one per latent, with states as wide as the text encoder's
   */
  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    Tensor context = context(xt, t, condition); // [B, N, E]
    Tensor times = t.to(torch.ScalarType.Float).reshape(-1).expand(xt.size(0)); // [B]
    Tensor temb = steps.of(() -> torch.silu(timeEmbedding.forward(times))); // [B, D]
    Told told = new Told(temb, context);
    Skips skips = new Skips(steps.of(() -> convIn.forward(centred(xt)))); // [B, C, H, W]
    for (ConditionDownBlock2d down : downBlocks) {
      down.forward(skips, told, steps); // each pushes its skips
    }
    Tensor h = midBlock.forward(skips.last(), told, steps); // [B, 4C, H/8, W/8]
    for (ConditionUpBlock2d up : upBlocks) {
      h = up.forward(h, skips, told, steps); // each pops what down pushed
    }
    Tensor output = convOut.forward(Silu.ofTemporary(convNormOut.forward(h))); // [B, out, H, W]
    return Prediction.of(output, config.inChannels());
  }

  /**
   * Keeps the outputs of residual blocks and transformers alone in training, and computes what is
   * inside of them anew on the way back ({@link Recomputation}): activation checkpointing.
   *
   * @throws IllegalArgumentException where the network has dropout, whose masks would differ
   */
  public void checkpointing(boolean on) {
    Check.that(
        !on || config.dropout() == 0,
        "checkpointing is on, but dropout is %s; expected a network without dropout, as published.",
        config.dropout());
    steps.set(on);
  }

  @Override
  public void recomputedBackward(Function<Supplier<Tensor>, Tensor> precision) {
    steps.backward(precision);
  }

  private Tensor centred(Tensor xt) {
    return config.centerInputSample() ? xt.mul(new Scalar(2.0)).sub(new Scalar(1.0)) : xt;
  }

  private Tensor context(Tensor xt, Tensor t, Condition condition) {
    Shapes.require(
        xt, "UNet2dCondition xt", Shapes.ANY, config.inChannels(), Shapes.ANY, Shapes.ANY);
    if (t.numel() != 1) {
      Shapes.require(t, "UNet2dCondition t", xt.size(0));
    }
    if (!(condition instanceof Condition.Prompts prompts)) {
      throw new IllegalArgumentException(
          "UNet2dCondition condition: "
              + condition.getClass().getSimpleName()
              + ", expected prompts, one per latent. Encode the class names as texts.");
    }
    long width = config.crossAttentionDim().get(0);
    Shapes.require(prompts.states(), "UNet2dCondition prompts", xt.size(0), Shapes.ANY, width);
    return prompts.states();
  }

  /**
   * PyTorch's default initialisation, drawn in the order in which the peer builds the network.
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  @Override
  public void initAsTorch(long seed) {
    torch.manual_seed(seed);
    convIn.initAsTorch();
    timeEmbedding.initAsTorch();
    downBlocks.forEach(ConditionDownBlock2d::initAsTorch);
    midBlock.initAsTorch();
    upBlocks.forEach(ConditionUpBlock2d::initAsTorch);
    convOut.initAsTorch();
  }
}
