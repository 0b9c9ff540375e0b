package io.winnow.model.unet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.SchedulerConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The keys of a UNet2DConditionModel's {@code config.json}. Absent keys take the peer's defaults.
 * Source: diffusers, {@code models/unets/unet_2d_condition.py}.
 */
public final class UNet2dConditionJson {
  private static final String CLASS = "UNet2DConditionModel";
  private static final String DOWN = "DownBlock2D";
  private static final String CROSS_DOWN = "CrossAttnDownBlock2D";
  private static final String MID = "UNetMidBlock2DCrossAttn";
  private static final String UP = "UpBlock2D";
  private static final String CROSS_UP = "CrossAttnUpBlock2D";
  private static final List<Integer> PUBLISHED_CHANNELS = List.of(320, 640, 1280, 1280);

  /** Keys of other networks of the class, which have null for what is here. */
  private static final List<String> NULL_KEYS =
      List.of(
          "addition_embed_type",
          "addition_time_embed_dim",
          "class_embed_type",
          "cross_attention_norm",
          "encoder_hid_dim",
          "encoder_hid_dim_type",
          "mid_block_only_cross_attention",
          "num_attention_heads",
          "num_class_embeds",
          "projection_class_embeddings_input_dim",
          "reverse_transformer_layers_per_block",
          "time_cond_proj_dim",
          "time_embedding_act_fn",
          "timestep_post_act");

  private UNet2dConditionJson() {}

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException naming every key of another network, or what does not fit
   */
  public static UNet2dConditionConfig read(DiffusersJson json) {
    refuseOtherNetworks(json);
    List<Integer> channels = json.integers("block_out_channels", PUBLISHED_CHANNELS);
    int levels = channels.size();
    List<Boolean> published = new ArrayList<>(Collections.nCopies(Math.max(0, levels - 1), true));
    published.add(false);
    List<Boolean> down = BlockKeys.attending(json, "down_block_types", DOWN, CROSS_DOWN, published);
    Collections.reverse(published);
    List<Boolean> up = BlockKeys.attending(json, "up_block_types", UP, CROSS_UP, published);
    List<Integer> sides = BlockKeys.sides(json, 64);
    Fields fields = new Fields(json, levels);
    json.throwProblems();
    UNet2dConditionConfig config = fields.config(sides, channels, down, up);
    json.finish();
    return config;
  }

  /** Typed values of the keys that need no interpretation. */
  private static final class Fields {
    final int in;
    final int out;
    final boolean centre;
    final Integer timeDim;
    final int freqShift;
    final boolean flip;
    final List<Integer> layers;
    final List<Integer> heads;
    final List<Integer> transformers;
    final List<Integer> crossDim;
    final boolean linear;
    final double midScale;
    final int padding;
    final double dropout;
    final int groups;
    final double eps;

    Fields(DiffusersJson json, int levels) {
      in = json.integer("in_channels", 4);
      out = json.integer("out_channels", 4);
      centre = json.flag("center_input_sample", false);
      timeDim = json.integerOrNull("time_embedding_dim");
      freqShift = json.integer("freq_shift", 0);
      flip = json.flag("flip_sin_to_cos", true);
      layers = perLevel(json, "layers_per_block", 2, levels);
      heads = perLevel(json, "attention_head_dim", 8, levels);
      transformers = perLevel(json, "transformer_layers_per_block", 1, levels);
      crossDim = perLevel(json, "cross_attention_dim", 1280, levels);
      linear = json.flag("use_linear_projection", false);
      midScale = json.number("mid_block_scale_factor", 1);
      padding = json.integer("downsample_padding", 1);
      dropout = json.number("dropout", 0);
      groups = json.integer("norm_num_groups", 32);
      eps = json.number("norm_eps", 1e-5);
    }

    UNet2dConditionConfig config(
        List<Integer> sides, List<Integer> channels, List<Boolean> down, List<Boolean> up) {
      return new UNet2dConditionConfig(
          sides.isEmpty() ? null : sides.get(0),
          sides.isEmpty() ? null : sides.get(sides.size() - 1),
          in,
          out,
          centre,
          timeDim,
          freqShift,
          flip,
          channels,
          down,
          up,
          layers,
          heads,
          transformers,
          crossDim,
          linear,
          midScale,
          padding,
          dropout,
          groups,
          eps);
    }
  }

  /** The keys that have one value here; another would be another network. */
  private static void refuseOtherNetworks(DiffusersJson json) {
    json.only("_class_name", CLASS, CLASS);
    json.only("act_fn", "silu", "silu");
    json.only("attention_type", "default", "default");
    json.only("class_embeddings_concat", false, false);
    json.only("conv_in_kernel", 3, 3);
    json.only("conv_out_kernel", 3, 3);
    json.only("dual_cross_attention", false, false);
    json.only("mid_block_type", MID, MID);
    json.only("only_cross_attention", false, false);
    json.only("resnet_out_scale_factor", 1.0, 1.0);
    json.only("resnet_skip_time_act", false, false);
    json.only("resnet_time_scale_shift", "default", "default");
    json.only("time_embedding_type", "positional", "positional");
    NULL_KEYS.forEach(key -> json.only(key, null, (Object) null));
    json.ignore("addition_embed_type_num_heads"); // of an embedding that is not there
    json.ignore("upcast_attention"); // attention is in float32, or as autocast has it
  }

  /** One number for all levels, or one for each. */
  private static List<Integer> perLevel(DiffusersJson json, String key, int absent, int levels) {
    return json.isList(key)
        ? json.integers(key, List.of())
        : Collections.nCopies(levels, json.integer(key, absent));
  }

  /** Every key, with the peer's names. */
  public static ObjectNode write(UNet2dConditionConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", CLASS);
    json.put("_diffusers_version", SchedulerConfig.FORMAT_VERSION);
    json.put("act_fn", "silu");
    json.set("attention_head_dim", brief(config.heads()));
    config.blockOutChannels().forEach(json.putArray("block_out_channels")::add);
    json.put("center_input_sample", config.centerInputSample());
    json.set("cross_attention_dim", brief(config.crossAttentionDim()));
    BlockKeys.putAttending(json, "down_block_types", config.downCross(), DOWN, CROSS_DOWN);
    json.put("downsample_padding", config.downsamplePadding());
    json.put("dropout", config.dropout());
    json.put("flip_sin_to_cos", config.flipSinToCos());
    json.put("freq_shift", config.freqShift());
    json.put("in_channels", config.inChannels());
    json.set("layers_per_block", brief(config.layersPerBlock()));
    json.put("mid_block_scale_factor", config.midBlockScaleFactor());
    json.put("mid_block_type", MID);
    json.put("norm_eps", config.normEps());
    json.put("norm_num_groups", config.normNumGroups());
    json.put("out_channels", config.outChannels());
    BlockKeys.putSides(json, config.sampleHeight(), config.sampleWidth());
    json.put("time_embedding_dim", config.timeEmbeddingDim());
    json.set("transformer_layers_per_block", brief(config.transformerLayers()));
    BlockKeys.putAttending(json, "up_block_types", config.upCross(), UP, CROSS_UP);
    json.put("use_linear_projection", config.linearProjection());
    return json;
  }

  /** One number where all levels have the same, as the peer writes it. */
  private static JsonNode brief(List<Integer> perLevel) {
    if (perLevel.stream().distinct().count() == 1) {
      return JsonNodeFactory.instance.numberNode(perLevel.get(0));
    }
    var array = JsonNodeFactory.instance.arrayNode();
    perLevel.forEach(array::add);
    return array;
  }
}
