package io.winnow.model.clip;

import io.winnow.config.Check;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Sizes of {@link VisionTransformer}.
 *
 * @param width of a token, D
 * @param mlpWidth of the hidden layer between tokens
 * @param layers number of blocks
 * @param heads of every attention, each 64 wide in the published models
 * @param imageSide side of the input, a multiple of {@code patch}
 * @param patch side of a patch
 * @param projection width of the embedding, P
 * @param activation between the two halves of an MLP
 * @param eps of the layer norms
 */
public record VisionTransformerConfig(
    int width,
    int mlpWidth,
    int layers,
    int heads,
    int imageSide,
    int patch,
    int projection,
    Activation activation,
    double eps) {
  static final String EMBEDDINGS = "vision_model.embeddings.";
  static final String LAYERS = "vision_model.encoder.layers.";
  static final double EPS = 1e-5;
  private static final int HEAD_WIDTH = 64;

  public VisionTransformerConfig {
    Check.that(
        imageSide > 0 && patch > 0 && imageSide % patch == 0,
        "imageSide is %s, but must be a multiple of the patch of %s",
        imageSide,
        patch);
    Check.that(
        heads > 0 && width % heads == 0, "heads is %s, but must divide the width %s", heads, width);
  }

  /** Sizes of every block. */
  TransformerBlock.Sizes block() {
    return new TransformerBlock.Sizes(width, mlpWidth, heads, activation, eps);
  }

  /** Number of patches per row and column. */
  int grid() {
    return imageSide / patch;
  }

  /**
   * Reads the sizes off the shapes of a state dict with transformers' names; OpenAI's activation.
   */
  static VisionTransformerConfig of(Map<String, Tensor> state) {
    Tensor patches = state.get(EMBEDDINGS + "patch_embedding.weight"); // [D, 3, patch, patch]
    long tokens = state.get(EMBEDDINGS + "position_embedding.weight").size(0);
    int layers = 0;
    while (state.containsKey(LAYERS + layers + ".mlp.fc1.weight")) {
      layers++;
    }
    int width = Math.toIntExact(patches.size(0));
    int patch = Math.toIntExact(patches.size(2));
    return new VisionTransformerConfig(
        width,
        Math.toIntExact(state.get(LAYERS + "0.mlp.fc1.weight").size(0)),
        layers,
        width / HEAD_WIDTH,
        patch * (int) Math.round(Math.sqrt(tokens - 1.0)),
        patch,
        Math.toIntExact(state.get("visual_projection.weight").size(0)),
        Activation.QUICK_GELU,
        EPS);
  }
}
