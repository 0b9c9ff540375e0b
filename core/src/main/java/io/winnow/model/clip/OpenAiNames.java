package io.winnow.model.clip;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Renames OpenAI's vision transformer ({@code visual.*}) to transformers' names: the fused rows of
 * q, k and v are taken apart, the projection is transposed.
 */
final class OpenAiNames {
  private static final String PREFIX = "visual.";
  private static final String BLOCKS = PREFIX + "transformer.resblocks.";
  private static final Map<String, String> OUTER =
      Map.of(
          "class_embedding", VisionTransformerConfig.EMBEDDINGS + "class_embedding",
          "conv1.weight", VisionTransformerConfig.EMBEDDINGS + "patch_embedding.weight",
          "positional_embedding", VisionTransformerConfig.EMBEDDINGS + "position_embedding.weight",
          "ln_pre.weight", "vision_model.pre_layrnorm.weight",
          "ln_pre.bias", "vision_model.pre_layrnorm.bias",
          "ln_post.weight", "vision_model.post_layernorm.weight",
          "ln_post.bias", "vision_model.post_layernorm.bias");
  private static final Map<String, String> INNER =
      Map.of(
          "ln_1", "layer_norm1",
          "ln_2", "layer_norm2",
          "attn.out_proj", "self_attn.out_proj",
          "mlp.c_fc", "mlp.fc1",
          "mlp.c_proj", "mlp.fc2");

  private OpenAiNames() {}

  static boolean fits(Map<String, Tensor> state) {
    return state.containsKey(PREFIX + "proj") && state.containsKey(PREFIX + "class_embedding");
  }

  /** The tower under transformers' names; what has no name there keeps its own. */
  static Map<String, Tensor> toTransformers(Map<String, Tensor> state) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    state.forEach(
        (key, tensor) -> {
          if (key.startsWith(BLOCKS)) {
            block(key.substring(BLOCKS.length()), tensor, renamed);
          } else if (key.equals(PREFIX + "proj")) {
            renamed.put("visual_projection.weight", tensor.t());
          } else if (key.startsWith(PREFIX)) {
            renamed.put(OUTER.getOrDefault(key.substring(PREFIX.length()), key), tensor);
          }
        });
    return renamed;
  }

  /** {@code key} is N.name.weight, N.name.bias or N.attn.in_proj_weight and the like. */
  private static void block(String key, Tensor tensor, Map<String, Tensor> renamed) {
    int dot = key.indexOf('.');
    String block = VisionTransformerConfig.LAYERS + key.substring(0, Math.max(0, dot)) + ".";
    String name = key.substring(dot + 1);
    if (name.startsWith("attn.in_proj_")) {
      String kind = name.substring("attn.in_proj_".length()); // weight or bias
      long rows = tensor.size(0) / 3;
      String[] parts = {"q", "k", "v"};
      for (int i = 0; i < parts.length; i++) {
        renamed.put(
            block + "self_attn." + parts[i] + "_proj." + kind, tensor.narrow(0, i * rows, rows));
      }
      return;
    }
    int last = Math.max(0, name.lastIndexOf('.'));
    String inner = INNER.get(name.substring(0, last));
    renamed.put(inner == null ? BLOCKS + key : block + inner + name.substring(last), tensor);
  }
}
