package io.winnow.model.clip;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.nn.Linear;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The vision transformer of CLIP with its projection. Source: transformers 5.18, {@code
 * CLIPVisionModelWithProjection}, whose names it has; OpenAI's are renamed on loading.
 */
public final class VisionTransformer extends Layer {
  private static final StateDict.Ignore[] UNUSED = {
    StateDict.Ignore.keys(
        VisionTransformerConfig.EMBEDDINGS + "position_ids", "logit_scale", "logit_bias"),
    StateDict.Ignore.beginning("text_model."),
    StateDict.Ignore.beginning("text_projection")
  };

  private final VisionTransformerConfig config;
  private final Tensor classEmbedding; // [D]
  private final Conv2d patchEmbedding;
  private final Tensor positionEmbedding; // [N + 1, D]
  private final LayerNorm preLayerNorm;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final LayerNorm postLayerNorm;
  private final Linear visualProjection;

  /** Builds the network with unspecified weights. */
  public VisionTransformer(VisionTransformerConfig config) {
    this.config = config;
    int width = config.width();
    int patch = config.patch();
    String embeddings = VisionTransformerConfig.EMBEDDINGS;
    classEmbedding = parameter(embeddings + "class_embedding", torch.zeros(width));
    patchEmbedding =
        child(embeddings + "patch_embedding", new Conv2d(3, width, patch, patch, 0, false));
    positionEmbedding =
        parameter(
            embeddings + "position_embedding.weight",
            torch.zeros(config.grid() * config.grid() + 1, width));
    preLayerNorm = child("vision_model.pre_layrnorm", new LayerNorm(width, config.eps()));
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(child(VisionTransformerConfig.LAYERS + i, new TransformerBlock(config.block())));
    }
    postLayerNorm = child("vision_model.post_layernorm", new LayerNorm(width, config.eps()));
    visualProjection = child("visual_projection", new Linear(width, config.projection(), false));
  }

  /**
   * Builds the tower that a state dict describes, with OpenAI's activation and heads of 64, and
   * loads it for evaluation.
   *
   * @param where the file, for messages
   */
  public static VisionTransformer of(Map<String, Tensor> state, String where) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> renamed = canonicalNames(state);
      for (String key :
          new String[] {
            VisionTransformerConfig.EMBEDDINGS + "patch_embedding.weight",
            VisionTransformerConfig.EMBEDDINGS + "position_embedding.weight",
            VisionTransformerConfig.LAYERS + "0.mlp.fc1.weight",
            "visual_projection.weight"
          }) {
        if (!renamed.containsKey(key) || renamed.get(key).dim() < 2) {
          throw new IllegalArgumentException(
              where
                  + ": is no CLIP with a transformer as its image tower ("
                  + key
                  + " is missing)."
                  + KnownNetworks.guess(state)
                      .map(n -> " The file looks like " + n + ".")
                      .orElse("")
                  + " Use openai/clip-vit-large-patch14-336 or OpenAI's ViT-L-14-336px.pt.");
        }
      }
      VisionTransformer network = new VisionTransformer(VisionTransformerConfig.of(renamed));
      network.load(state, where);
      network.train(false);
      return network;
    }
  }

  /**
   * Copies weights in, strictly; ignored are the text tower, {@code logit_scale} and the {@code
   * position_ids} of older files.
   *
   * @param where the file, for messages
   */
  public void load(Map<String, Tensor> state, String where) {
    try (Scope scope = Scope.open()) {
      StateDict.load(state(), canonicalNames(state), where, UNUSED);
    }
  }

  private static Map<String, Tensor> canonicalNames(Map<String, Tensor> state) {
    return OpenAiNames.fits(state) ? OpenAiNames.toTransformers(state) : state;
  }

  public VisionTransformerConfig config() {
    return config;
  }

  /**
   * Embeds images ({@code image_embeds}); the embedding is not normalised.
   *
   * @param images [B, 3, S, S] with S the configured side, float32, normalised with CLIP's mean and
   *     deviation
   * @return [B, P]
   */
  public Tensor forward(Tensor images) {
    return project(tokens(images));
  }

  /**
   * The tokens after the last block, before any norm: [B, N + 1, D]; token 0 is the class token.
   */
  public Tensor tokens(Tensor images) {
    int side = config.imageSide();
    Shapes.require(images, "VisionTransformer images", Shapes.ANY, 3, side, side);
    Tensor patches = patchEmbedding.forward(images).flatten(2, -1).transpose(1, 2); // [B, N, D]
    Tensor first = classEmbedding.expand(images.size(0), 1, config.width()); // [B, 1, D]
    Tensor x =
        torch.cat(new TensorVector(first, patches), 1).add(positionEmbedding); // [B, N + 1, D]
    x = preLayerNorm.forward(x); // [B, N + 1, D]
    for (TransformerBlock block : blocks) {
      x = block.forward(x); // [B, N + 1, D]
    }
    return x;
  }

  /** The embedding that follows from {@link #tokens}: [B, N + 1, D] to [B, P]. */
  public Tensor project(Tensor tokens) {
    Tensor first = tokens.narrow(1, 0, 1).squeeze(1); // [B, D]
    return visualProjection.forward(postLayerNorm.forward(first)); // [B, P]
  }
}
