package io.winnow.model.clip;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.config.Check;
import io.winnow.diffusion.DiffusersJson;

/**
 * Sizes of {@link TextTransformer}, as transformers' CLIPTextModel writes them ({@code
 * config.json}). Source: transformers 5.18, {@code CLIPTextConfig}.
 *
 * @param vocabulary number of tokens
 * @param width of a token, D
 * @param mlpWidth of the hidden layer between tokens
 * @param layers number of blocks
 * @param heads of every attention
 * @param positions the longest text in tokens, start and end included; 77 in every published model
 * @param activation between the two halves of an MLP
 * @param eps of the layer norms
 * @param projection width of the embedding that other classes have; kept for the file
 * @param startToken kept for the file: published files have 0, which is not the tokenizer's
 * @param endToken whose first position is pooled; 2, the published value, stands for the largest id
 * @param padToken kept for the file
 */
public record TextTransformerConfig(
    int vocabulary,
    int width,
    int mlpWidth,
    int layers,
    int heads,
    int positions,
    Activation activation,
    double eps,
    int projection,
    int startToken,
    int endToken,
    int padToken) {

  public TextTransformerConfig {
    Check.that(vocabulary > 0, "vocab_size is %s, but must be positive", vocabulary);
    Check.that(mlpWidth > 0, "intermediate_size is %s, but must be positive", mlpWidth);
    Check.that(layers > 0, "num_hidden_layers is %s, but must be positive", layers);
    Check.that(positions > 0, "max_position_embeddings is %s, but must be positive", positions);
    Check.that(eps > 0, "layer_norm_eps is %s, but must be above 0", eps);
    Check.that(
        heads > 0 && width > 0 && width % heads == 0,
        "num_attention_heads is %s, but must divide hidden_size, %s",
        heads,
        width);
  }

  /** Reads the keys; absent ones take the peer's defaults. */
  public static TextTransformerConfig fromJson(DiffusersJson json) {
    json.only("hidden_act", "quick_gelu", "quick_gelu", "gelu");
    json.ignore("architectures", "model_type", "dtype", "torch_dtype", "transformers_version");
    json.ignore("attention_dropout", "dropout", "initializer_factor", "initializer_range");
    String activation = json.text("hidden_act", "quick_gelu");
    int vocabulary = json.integer("vocab_size", 49408);
    int width = json.integer("hidden_size", 512);
    int mlpWidth = json.integer("intermediate_size", 2048);
    int layers = json.integer("num_hidden_layers", 12);
    int heads = json.integer("num_attention_heads", 8);
    int positions = json.integer("max_position_embeddings", 77);
    double eps = json.number("layer_norm_eps", 1e-5);
    int projection = json.integer("projection_dim", 512);
    int start = json.integer("bos_token_id", 49406);
    int end = json.integer("eos_token_id", 49407);
    int pad = json.integer("pad_token_id", 1);
    json.throwProblems();
    TextTransformerConfig config =
        new TextTransformerConfig(
            vocabulary,
            width,
            mlpWidth,
            layers,
            heads,
            positions,
            activation.equals("gelu") ? Activation.GELU : Activation.QUICK_GELU,
            eps,
            projection,
            start,
            end,
            pad);
    json.finish();
    return config;
  }

  /** Every key, in the peer's (alphabetical) order. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add("CLIPTextModel");
    json.put("attention_dropout", 0.0);
    json.put("bos_token_id", startToken);
    json.put("eos_token_id", endToken);
    json.put("hidden_act", activation.key());
    json.put("hidden_size", width);
    json.put("initializer_factor", 1.0);
    json.put("initializer_range", 0.02);
    json.put("intermediate_size", mlpWidth);
    json.put("layer_norm_eps", eps);
    json.put("max_position_embeddings", positions);
    json.put("model_type", "clip_text_model");
    json.put("num_attention_heads", heads);
    json.put("num_hidden_layers", layers);
    json.put("pad_token_id", padToken);
    json.put("projection_dim", projection);
    json.put("torch_dtype", "float32");
    json.put("vocab_size", vocabulary);
    return json;
  }

  /** Sizes of every block. */
  TransformerBlock.Sizes block() {
    return new TransformerBlock.Sizes(width, mlpWidth, heads, activation, eps);
  }
}
