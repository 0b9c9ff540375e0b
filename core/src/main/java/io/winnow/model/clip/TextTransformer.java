package io.winnow.model.clip;

import io.winnow.diffusion.DiffusersJson;
import io.winnow.files.AtomicFile;
import io.winnow.nn.Embedding;
import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.ComponentWeights;
import io.winnow.weights.Safetensors;
import io.winnow.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The text transformer of CLIP, the text encoder of Stable Diffusion: causal attention, no mask for
 * padding. Source: transformers 5.18, {@code CLIPTextModel}; its weights are written under the
 * published names ({@code text_model.*}), with or without that prefix they are read.
 */
public final class TextTransformer extends Layer {
  private static final String CONFIG = "config.json";
  private static final String PREFIX = "text_model.";

  /** The value of {@code eos_token_id} in the published files, which no text ends with. */
  private static final int LEGACY_END = 2;

  private final TextTransformerConfig config;
  private final Embedding tokenEmbedding;
  private final Embedding positionEmbedding;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final LayerNorm finalLayerNorm;

  /**
   * States of one pass.
   *
   * @param last after the last block and the final norm, what Stable Diffusion 1 uses, [B, N, D]
   * @param penultimate after the last block but one, without the final norm, [B, N, D]
   */
  public record States(Tensor last, Tensor penultimate) {}

  /** A text encoder with all weights zero; load weights or call {@link #initAsTorch}. */
  public TextTransformer(TextTransformerConfig config) {
    this.config = config;
    int width = config.width();
    tokenEmbedding =
        child(PREFIX + "embeddings.token_embedding", new Embedding(config.vocabulary(), width));
    positionEmbedding =
        child(PREFIX + "embeddings.position_embedding", new Embedding(config.positions(), width));
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(child(PREFIX + "encoder.layers." + i, new TransformerBlock(config.block())));
    }
    finalLayerNorm = child(PREFIX + "final_layer_norm", new LayerNorm(width, config.eps()));
  }

  /**
   * Reads a folder of a text encoder ({@code text_encoder/} of a pipeline), for evaluation.
   *
   * @throws IllegalArgumentException naming the file that is missing, or the key that does not fit
   */
  public static TextTransformer read(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          file + ": is missing; expected the folder of a CLIPTextModel of transformers");
    }
    TextTransformer encoder =
        new TextTransformer(TextTransformerConfig.fromJson(DiffusersJson.read(file)));
    Checkpoint.load(
        encoder.state(),
        ComponentWeights.TRANSFORMERS.in(folder),
        TextTransformer::publishedName,
        StateDict.Ignore.keys(PREFIX + "embeddings.position_ids"));
    encoder.train(false);
    return encoder;
  }

  /** The published name of a weight: with the prefix, where a newer file has it without. */
  public static String publishedName(String key) {
    return key.startsWith(PREFIX) ? key : PREFIX + key;
  }

  /**
   * Writes a folder that transformers opens. Call it inside an {@code AtomicFolder}.
   *
   * @param folder is made where it does not exist
   */
  public void write(Path folder) {
    AtomicFile.writeString(folder.resolve(CONFIG), DiffusersJson.text(config.toJson()));
    Path weights = folder.resolve(ComponentWeights.TRANSFORMERS.fileName());
    Safetensors.write(weights, state(), Map.of("format", "pt"));
  }

  public TextTransformerConfig config() {
    return config;
  }

  /**
   * Encodes texts.
   *
   * @param ids tokens, padded to one length N of at most {@code positions}, [B, N], int64
   * @return [B, N, D], float32
   */
  public Tensor forward(Tensor ids) {
    return states(ids).last();
  }

  /** As {@link #forward}, with the state before the last block besides. */
  public States states(Tensor ids) {
    require(ids);
    Tensor positions = torch.arange(new Scalar(ids.size(1)), ids.options()); // [N]
    Tensor x = tokenEmbedding.forward(ids).add(positionEmbedding.forward(positions)); // [B, N, D]
    Tensor penultimate = x;
    for (TransformerBlock block : blocks) {
      penultimate = x;
      x = block.causal(x); // [B, N, D]
    }
    return new States(finalLayerNorm.forward(x), penultimate);
  }

  /**
   * The state of the end of each text: at the first end token or, where the file has the legacy
   * value of it, at the largest id.
   *
   * @param ids of {@link #forward}, [B, N]
   * @param last what it gave, [B, N, D]
   * @return [B, D]
   */
  public Tensor pooled(Tensor ids, Tensor last) {
    Tensor marked =
        config.endToken() == LEGACY_END
            ? ids
            : ids.eq(new Scalar((long) config.endToken())).to(torch.ScalarType.Int);
    Tensor end = marked.argmax(new LongOptional(1), true).unsqueeze(-1); // [B, 1, 1]
    return last.gather(1, end.expand(-1, -1, last.size(2))).squeeze(1); // [B, D]
  }

  private void require(Tensor ids) {
    if (ids.dim() != 2 || ids.size(1) < 1 || ids.size(1) > config.positions()) {
      throw new IllegalArgumentException(
          "TextTransformer ids: shape "
              + Arrays.toString(ids.shape())
              + ", expected [*, 1 to "
              + config.positions()
              + "]. Truncate the prompts.");
    }
    if (ids.numel() > 0) {
      long largest = Tensors.longs(ids.max())[0];
      if (largest >= config.vocabulary() || Tensors.longs(ids.min())[0] < 0) {
        throw new IllegalArgumentException(
            "TextTransformer ids: token "
                + largest
                + " of a vocabulary of "
                + config.vocabulary()
                + ". Is the tokenizer that of another model?");
      }
    }
  }

  /**
   * PyTorch's default initialisation of the layers.
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  public void initAsTorch(long seed) {
    torch.manual_seed(seed);
    tokenEmbedding.initAsTorch();
    positionEmbedding.initAsTorch();
    blocks.forEach(TransformerBlock::initAsTorch);
  }
}
