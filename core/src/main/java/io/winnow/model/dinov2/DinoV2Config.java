package io.winnow.model.dinov2;

import io.winnow.config.Check;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Sizes of {@link DinoV2}.
 *
 * @param tableSide patches per row and column of the position table
 * @param patch side of a patch
 * @param width of a token, D
 * @param depth number of blocks
 * @param heads of every attention, each 64 wide in the published models
 * @param feedForward what follows the attention in a block
 * @param layerScale whether both branches of a block are scaled per channel
 * @param registers extra tokens after the class token
 * @param positions how the position table is resized to another number of patches
 */
public record DinoV2Config(
    int tableSide,
    int patch,
    int width,
    int depth,
    int heads,
    FeedForward.Kind feedForward,
    boolean layerScale,
    int registers,
    Positions positions) {
  private static final int HEAD_WIDTH = 64;

  /**
   * How the position table is resized.
   *
   * @param offset added to the number of patches for the scale, (n + offset) / tableSide; 0 means
   *     that the scale follows from the sizes alone
   * @param antialias whether the bicubic filter widens when the table shrinks; the scale then
   *     follows from the sizes
   */
  public record Positions(double offset, boolean antialias) {
    public Positions {
      Check.that(
          offset == 0 || !antialias,
          "offset is %s, but must be 0 with antialias, as no published model has both",
          offset);
    }

    /** Of the models without registers. */
    public static final Positions PLAIN = new Positions(0.1, false);

    /** Of the models with registers. */
    public static final Positions WITH_REGISTERS = new Positions(0, true);
  }

  public DinoV2Config {
    Check.that(
        heads > 0 && width % heads == 0, "heads is %s, but must divide the width %s", heads, width);
    Check.that(
        tableSide > 0 && patch > 0 && depth > 0 && registers >= 0,
        "tableSide %s, patch %s, depth %s and registers %s must be positive",
        tableSide,
        patch,
        depth,
        registers);
  }

  /** Reads the sizes off the shapes of a state dict; heads of 64, as all published models have. */
  static DinoV2Config of(Map<String, Tensor> state) {
    Tensor table = state.get("pos_embed"); // [1, N + 1, D]
    int depth = 0;
    while (state.containsKey("blocks." + depth + ".attn.qkv.weight")) {
      depth++;
    }
    int width = Math.toIntExact(table.size(2));
    Tensor registers = state.get("register_tokens"); // [1, R, D]
    return new DinoV2Config(
        (int) Math.round(Math.sqrt(table.size(1) - 1.0)),
        Math.toIntExact(state.get("patch_embed.proj.weight").size(2)),
        width,
        depth,
        width / HEAD_WIDTH,
        state.containsKey("blocks.0.mlp.w12.weight")
            ? FeedForward.Kind.SWIGLU
            : FeedForward.Kind.MLP,
        state.containsKey("blocks.0.ls1.gamma"),
        registers == null ? 0 : Math.toIntExact(registers.size(1)),
        registers == null ? Positions.PLAIN : Positions.WITH_REGISTERS);
  }
}
