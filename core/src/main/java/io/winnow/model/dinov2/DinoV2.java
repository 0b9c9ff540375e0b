package io.winnow.model.dinov2;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.tensor.Shapes;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.InterpolateMode;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kBicubic;

/**
 * DINOv2's vision transformer, sizes S, B, L and g, with or without registers. Source:
 * facebookresearch/dinov2 b8931f7, {@code models/vision_transformer.py}, whose names it has.
 */
public final class DinoV2 extends Layer {
  private static final double EPS = 1e-6;
  private static final Pattern CHUNKED = Pattern.compile("blocks\\.\\d+\\.(\\d+\\..*)");

  private final DinoV2Config config;
  private final Tensor clsToken; // [1, 1, D]
  private final Tensor posEmbed; // [1, N + 1, D]
  private final Tensor registerTokens; // [1, R, D], or null
  private final Conv2d patchEmbed;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;

  /** Builds the network with unspecified weights. */
  public DinoV2(DinoV2Config config) {
    this.config = config;
    int width = config.width();
    int patch = config.patch();
    long tableRows = (long) config.tableSide() * config.tableSide() + 1;
    clsToken = parameter("cls_token", torch.zeros(1, 1, width));
    posEmbed = parameter("pos_embed", torch.zeros(1, tableRows, width));
    registerTokens =
        config.registers() == 0
            ? null
            : parameter("register_tokens", torch.zeros(1, config.registers(), width));
    patchEmbed = child("patch_embed.proj", new Conv2d(3, width, patch, patch, 0, true));
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(child("blocks." + i, new Block(config)));
    }
    norm = child("norm", new LayerNorm(width, EPS));
  }

  /**
   * Builds the network that a state dict describes, with heads of 64, and loads it for evaluation.
   *
   * @param where the file, for messages
   */
  public static DinoV2 of(Map<String, Tensor> state, String where) {
    Map<String, Tensor> renamed = canonicalNames(state);
    for (String key :
        new String[] {
          "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight"
        }) {
      if (!renamed.containsKey(key) || renamed.get(key).dim() < 2) {
        throw new IllegalArgumentException(
            where
                + ": is no DINOv2 ("
                + key
                + " is missing)."
                + KnownNetworks.guess(state).map(n -> " The file looks like " + n + ".").orElse("")
                + " Use dinov2_vitl14_pretrain.pth or another size of it.");
      }
    }
    DinoV2 network = new DinoV2(DinoV2Config.of(renamed));
    network.load(state, where);
    network.train(false);
    return network;
  }

  /**
   * Copies weights in, strictly; {@code mask_token}, of use in pre-training alone, is ignored.
   *
   * @param where the file, for messages
   */
  public void load(Map<String, Tensor> state, String where) {
    StateDict.load(state(), canonicalNames(state), where, StateDict.Ignore.keys("mask_token"));
  }

  /**
   * Blocks in chunks ({@code blocks.c.i}), as the training code saves them, by their index alone.
   */
  private static Map<String, Tensor> canonicalNames(Map<String, Tensor> state) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    state.forEach(
        (key, tensor) -> renamed.put(CHUNKED.matcher(key).replaceFirst("blocks.$1"), tensor));
    return renamed;
  }

  public DinoV2Config config() {
    return config;
  }

  /**
   * The class token after the last norm.
   *
   * @param images [B, 3, H, W], sides multiples of the patch, float32, normalised with ImageNet's
   *     mean and deviation
   * @return [B, D]
   */
  public Tensor forward(Tensor images) {
    Shapes.require(images, "DinoV2 images", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    long rows = images.size(2) / config.patch();
    long columns = images.size(3) / config.patch();
    if (rows * config.patch() != images.size(2) || columns * config.patch() != images.size(3)) {
      throw new IllegalArgumentException(
          "DinoV2 images: %d x %d, but both sides must be multiples of %d"
              .formatted(images.size(2), images.size(3), config.patch()));
    }
    Tensor patches = patchEmbed.forward(images).flatten(2, -1).transpose(1, 2); // [B, N, D]
    Tensor first = clsToken.expand(images.size(0), 1, config.width()); // [B, 1, D]
    Tensor x = torch.cat(new TensorVector(first, patches), 1); // [B, N + 1, D]
    x = withRegisters(x.add(positions(rows, columns))); // [B, N + R + 1, D]
    for (Block block : blocks) {
      x = block.forward(x); // [B, N + R + 1, D]
    }
    return norm.forward(x.narrow(1, 0, 1)).squeeze(1); // [B, D]
  }

  private Tensor withRegisters(Tensor x) {
    if (registerTokens == null) {
      return x;
    }
    Tensor registers = registerTokens.expand(x.size(0), config.registers(), config.width());
    return torch.cat(
        new TensorVector(x.narrow(1, 0, 1), registers, x.narrow(1, 1, x.size(1) - 1)), 1);
  }

  /**
   * The position table for a grid of patches. Where it is not the table's own, the rows of the
   * patches are resized bicubically, by the stated scale rather than the ratio of the sizes.
   *
   * @return [1, rows * columns + 1, D]
   */
  public Tensor positions(long rows, long columns) {
    int side = config.tableSide();
    if (rows == side && columns == side) {
      return posEmbed;
    }
    Tensor table = posEmbed.narrow(1, 1, (long) side * side); // [1, N, D]
    Tensor map = table.transpose(1, 2).unflatten(2, side, side); // [1, D, side, side]
    Tensor resized =
        config.positions().antialias()
            ? antialiased(map, rows, columns)
            : torch.upsample_bicubic2d(
                map, new long[] {rows, columns}, false, scale(rows), scale(columns));
    Tensor patches = resized.flatten(2, -1).transpose(1, 2); // [1, rows * columns, D]
    return torch.cat(new TensorVector(posEmbed.narrow(1, 0, 1), patches), 1);
  }

  /** By the ratio of the sizes, as models with registers do it. */
  private static Tensor antialiased(Tensor map, long rows, long columns) {
    InterpolateFuncOptions options = new InterpolateFuncOptions();
    options.size().put(new LongVector(rows, columns));
    options.mode().put(new InterpolateMode(new kBicubic()));
    options.align_corners().put(false);
    options.antialias().put(true);
    return torch.interpolate(map, options); // [1, D, rows, columns]
  }

  /** Absent where the scale follows from the sizes. */
  private DoubleOptional scale(long patches) {
    double offset = config.positions().offset();
    return offset == 0
        ? new DoubleOptional()
        : new DoubleOptional((patches + offset) / config.tableSide());
  }
}
