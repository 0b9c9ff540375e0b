package io.winnow.model.clip;

import io.winnow.config.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Sizes of {@link ModifiedResNet}.
 *
 * @param layers blocks of each of the four stages
 * @param width channels of the first stage inside its blocks, C
 * @param heads of the attention pool, each 64 wide in the published models
 * @param outputDimension width of the embedding, P
 * @param resolution side of the input, a multiple of 32
 */
public record ModifiedResNetConfig(
    List<Integer> layers, int width, int heads, int outputDimension, int resolution) {
  static final int STRIDE = 32;
  private static final int STAGES = 4;
  private static final int HEAD_WIDTH = 64;

  public ModifiedResNetConfig {
    layers = List.copyOf(layers);
    Check.that(layers.size() == STAGES, "layers is %s, but four stages are needed", layers);
    Check.that(
        resolution > 0 && resolution % STRIDE == 0,
        "resolution is %s, but must be a multiple of 32",
        resolution);
    Check.that(
        heads > 0 && width * STRIDE % heads == 0,
        "heads is %s, but must divide the %s channels of the last stage",
        heads,
        width * STRIDE);
  }

  /** RN50: 38,316,896 learnable values, 1024-d embedding of 224x224 images. */
  public static ModifiedResNetConfig rn50() {
    return new ModifiedResNetConfig(List.of(3, 4, 6, 3), 64, 32, 1024, 224);
  }

  /** Reads the sizes off the shapes of a state dict that has the keys of the tower. */
  static ModifiedResNetConfig of(Map<String, Tensor> state) {
    List<Integer> layers = new ArrayList<>();
    for (int stage = 1; stage <= STAGES; stage++) {
      int blocks = 0;
      while (state.containsKey("layer" + stage + "." + blocks + ".conv1.weight")) {
        blocks++;
      }
      layers.add(blocks);
    }
    Tensor table = state.get("attnpool.positional_embedding"); // [cells + 1, 32 C]
    int side = (int) Math.round(Math.sqrt(table.size(0) - 1.0));
    return new ModifiedResNetConfig(
        layers,
        Math.toIntExact(state.get("layer1.0.conv1.weight").size(0)),
        Math.toIntExact(table.size(1)) / HEAD_WIDTH,
        Math.toIntExact(state.get("attnpool.c_proj.weight").size(0)),
        STRIDE * side);
  }
}
