package io.winnow.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The weights in the folder of one component of a pipeline: under which names the two libraries
 * save them. Variants that may lie beside them ({@code *.fp16.*}, {@code *.non_ema.*}) are left
 * alone. Source: diffusers, {@code models/modeling_utils.py}; transformers, {@code
 * modeling_utils.py}.
 */
public enum ComponentWeights {
  /** U-Nets and autoencoders. */
  DIFFUSERS("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
  /** Text encoders. */
  TRANSFORMERS("model.safetensors", "pytorch_model.bin");

  /** Names of attention projections before diffusers 0.13, and since. */
  private static final Map<String, String> OLD_ATTENTION =
      Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

  private final String safetensors;
  private final String pickle;

  ComponentWeights(String safetensors, String pickle) {
    this.safetensors = safetensors;
    this.pickle = pickle;
  }

  /** The name that is written. */
  public String fileName() {
    return safetensors;
  }

  /**
   * The file, or the index of the files, that the weights are read from.
   *
   * @throws IllegalArgumentException where there is none
   */
  public Path in(Path folder) {
    List<String> files = List.of(safetensors, safetensors + ".index.json", pickle);
    return files.stream()
        .map(folder::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    folder + ": no weights; expected one of " + String.join(", ", files)));
  }

  /**
   * The name of a weight today: {@code ....attentions.0.query.weight} is {@code ...to_q.weight}.
   */
  public static String presentName(String key) {
    String[] parts = key.split("\\.");
    int projection = parts.length - 2;
    if (projection >= 2
        && parts[projection - 2].equals("attentions")
        && OLD_ATTENTION.containsKey(parts[projection])) {
      parts[projection] = OLD_ATTENTION.get(parts[projection]);
      return String.join(".", parts);
    }
    return key;
  }
}
