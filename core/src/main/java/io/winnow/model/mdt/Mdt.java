package io.winnow.model.mdt;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.TokenMask;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Embedding;
import io.winnow.nn.Layer;
import io.winnow.tensor.Shapes;
import java.util.Map;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The masked diffusion transformer: a DiT whose blocks know relative positions, and which in
 * training is asked a second time with a part of its tokens hidden. A side block then fills the
 * gaps before the decoder. Weights carry the published names. Source: sail-sg/MDT 71a0f94 (version
 * 1) and 7d26c21 (version 2), {@code masked_diffusion/models.py}.
 */
public final class Mdt extends Layer implements DenoisingNetwork, MaskedDenoiser {
  private final MdtConfig config;
  private final Tensor posEmbed; // [1, L, D]
  private final Tensor decoderPosEmbed; // [1, L, D]
  private final Tensor maskToken; // [1, 1, D]
  private final Conv2d patchEmbed;
  private final TimeEmbedding timeEmbedding;
  private final Embedding labelTable;
  private final Trunk trunk;
  private final MdtBlock sideBlock;
  private final FinalLayer finalLayer;

  /** A network with all weights zero; load weights or call {@link #initAsTorch}. */
  public Mdt(MdtConfig config) {
    this.config = config;
    int width = config.hiddenSize();
    int patch = config.patchSize();
    posEmbed = parameter("pos_embed", torch.zeros(1, config.tokens(), width));
    decoderPosEmbed = parameter("decoder_pos_embed", torch.zeros(1, config.tokens(), width));
    maskToken = parameter("mask_token", torch.zeros(1, 1, width));
    patchEmbed =
        child("x_embedder.proj", new Conv2d(config.inChannels(), width, patch, patch, 0, true));
    timeEmbedding = child("t_embedder", new TimeEmbedding(width));
    labelTable =
        child("y_embedder.embedding_table", new Embedding(config.classEmbeddings(), width));
    trunk = trunk();
    sideBlock = child("sideblocks.0", MdtBlock.plain(config));
    finalLayer = child("final_layer", new FinalLayer(config));
    if (config.maskRatio() == null) { // nothing ever reads them
      maskToken.set_requires_grad(false);
      sideBlock.parameters().values().forEach(p -> p.set_requires_grad(false));
    }
  }

  private Trunk trunk() {
    return config.version() == MdtVersion.V1
        ? child("", new PlainTrunk(config))
        : child("", new SkipTrunk(config));
  }

  public MdtConfig config() {
    return config;
  }

  @Override
  public Integer imageHeight() {
    return config.inputSize();
  }

  @Override
  public Integer imageWidth() {
    return config.inputSize();
  }

  @Override
  public Integer classEmbeddings() {
    return config.classEmbeddings();
  }

  @Override
  public int tokens() {
    return config.tokens();
  }

  @Override
  @OrNull
  public MaskRule maskRule() {
    return config.maskRatio() == null ? null : config.version().maskRule(config.maskRatio());
  }

  @Override
  public boolean sameShape(DenoisingNetwork other) {
    return other instanceof Mdt mdt && mdt.config.equals(config);
  }

  /**
   * Predicts eps, or what else it was trained for, and the variance where sigma is learnt.
   *
   * @param xt noisy images or latents, [B, C, H, W], float32
   * @param t times, [B], or [1] or [] for all; whole (0-based) or fractional
   * @param condition classes
   */
  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    Tensor c = condition(xt, t, condition.labels()); // [B, D]
    Tensor all = positions(xt); // [1, L, L]
    Tensor patches = patches(xt); // [B, L, D]
    Tensor x = trunk.encode(patches, c, all).add(decoderPosEmbed); // [B, L, D]
    return prediction(finalLayer.forward(trunk.decode(x, patches, c, all), c));
  }

  /** As {@link #predict}, with the encoder seeing only the tokens kept. */
  @Override
  public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
    Tensor c = condition(xt, t, condition.labels()); // [B, D]
    requireMask(xt, mask);
    Tensor all = positions(xt); // [1, L, L]
    Tensor seen = RelativePosition.rows(mask.kept(), config.grid()); // [B, N, N]
    Tensor patches = patches(xt); // [B, L, D]
    Tensor x = trunk.encode(picked(patches, mask.kept()), c, seen); // [B, N, D]
    x = interpolated(x, c, mask, all); // [B, L, D]
    return prediction(finalLayer.forward(trunk.decode(x, patches, c, all), c));
  }

  private Prediction prediction(Tensor output) { // [B, out, H, W]
    return Prediction.of(output, config.inChannels());
  }

  /** The side interpolater: hidden tokens come from the side block, the others pass by it. */
  private Tensor interpolated(Tensor x, Tensor c, TokenMask mask, Tensor all) {
    long hidden = config.tokens() - x.size(1);
    Tensor gaps = maskToken.to(x.scalar_type()).expand(x.size(0), hidden, config.hiddenSize());
    Tensor shuffled = torch.cat(new TensorVector(x, gaps), 1); // [B, L, D]
    Tensor whole = picked(shuffled, mask.restore()).add(decoderPosEmbed); // [B, L, D]
    Tensor filled = sideBlock.forward(whole, c, all); // [B, L, D]
    Tensor removed = mask.removed().unsqueeze(2).to(torch.ScalarType.Bool); // [B, L, 1]
    return torch.where(removed, filled, whole.to(filled.scalar_type()));
  }

  /** Tokens by their numbers, [B, M]: {@code [B, M, D]}. */
  private static Tensor picked(Tensor tokens, Tensor numbers) {
    Tensor index = numbers.unsqueeze(2).expand(numbers.size(0), numbers.size(1), tokens.size(2));
    return tokens.gather(1, index);
  }

  private Tensor patches(Tensor xt) {
    return patchEmbed.forward(xt).flatten(2, -1).transpose(1, 2).add(posEmbed); // [B, L, D]
  }

  /** Rows of the position tables for the whole grid, [1, L, L]; the same for every block. */
  private Tensor positions(Tensor like) {
    TensorOptions there =
        new TensorOptions(torch.ScalarType.Long).device(new DeviceOptional(like.device()));
    Tensor tokens = torch.arange(new Scalar(config.tokens()), there).unsqueeze(0); // [1, L]
    return RelativePosition.rows(tokens, config.grid());
  }

  /** silu of time and label: every use begins with it, [B, D]. */
  private Tensor condition(Tensor xt, Tensor t, Tensor y) {
    int side = config.inputSize();
    Shapes.require(xt, "Mdt xt", Shapes.ANY, config.inChannels(), side, side);
    if (t.numel() != 1) {
      Shapes.require(t, "Mdt t", xt.size(0));
    }
    if (y == null) {
      throw new IllegalArgumentException(
          "Mdt y: no labels for a network of %d classes; expected one per image, %d for none."
              .formatted(config.numClasses(), config.numClasses()));
    }
    Shapes.require(y, "Mdt y", xt.size(0));
    Tensor time = timeEmbedding.forward(t.reshape(-1).expand(xt.size(0))); // [B, D]
    return torch.silu(time.add(labelTable.forward(y)));
  }

  private void requireMask(Tensor xt, TokenMask mask) {
    if (config.maskRatio() == null) {
      throw new IllegalArgumentException(
          "Mdt mask: the network was made without masks; expected a maskRatio in its"
              + " configuration, 0.3 as published.");
    }
    Shapes.require(mask.restore(), "Mdt mask", xt.size(0), config.tokens());
  }

  /**
   * The reference's initial values (not its draws: the same seed gives other weights there).
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  @Override
  public void initAsTorch(long seed) {
    torch.manual_seed(seed);
    MdtInit init = new MdtInit(config);
    for (Map.Entry<String, Tensor> parameter : parameters().entrySet()) {
      init.init(parameter.getKey(), parameter.getValue());
    }
  }
}
