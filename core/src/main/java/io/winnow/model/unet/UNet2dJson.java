package io.winnow.model.unet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.SchedulerConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@link UNet2dConfig} as a UNet2DModel's {@code config.json}. Absent keys take the peer's
 * defaults, many of which differ from the CIFAR model; {@code attention_head_dim} absent is 8, null
 * is one head. Source: diffusers, {@code models/unets/unet_2d.py}.
 */
public final class UNet2dJson {
  private static final String DOWN = "DownBlock2D";
  private static final String ATTENTION_DOWN = "AttnDownBlock2D";
  private static final String UP = "UpBlock2D";
  private static final String ATTENTION_UP = "AttnUpBlock2D";

  private UNet2dJson() {}

  /** Reads a {@code config.json}; values that this network does not have are refused by key. */
  public static UNet2dConfig read(Path file) {
    return read(DiffusersJson.read(file));
  }

  /** Reads the keys of a parsed {@code config.json}. */
  public static UNet2dConfig read(JsonNode json) {
    return read(new DiffusersJson("UNet2DModel", json));
  }

  private static UNet2dConfig read(DiffusersJson json) {
    refuseOtherNetworks(json);
    List<Integer> sides = BlockKeys.sides(json, 32);
    List<Boolean> down =
        BlockKeys.attending(
            json, "down_block_types", DOWN, ATTENTION_DOWN, List.of(false, true, true, true));
    List<Boolean> up =
        BlockKeys.attending(
            json, "up_block_types", UP, ATTENTION_UP, List.of(true, true, true, false));
    Integer headDim =
        json.has("attention_head_dim") ? json.integerOrNull("attention_head_dim") : (Integer) 8;
    json.ignore("attention_head_dim");
    Fields fields = new Fields(json);
    json.throwProblems();
    UNet2dConfig config = fields.config(sides, down, up, headDim);
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
    final List<Integer> channels;
    final boolean midAttention;
    final int layers;
    final double midScale;
    final int padding;
    final double dropout;
    final int groups;
    final double eps;
    final Integer classes;

    Fields(DiffusersJson json) {
      in = json.integer("in_channels", 3);
      out = json.integer("out_channels", 3);
      centre = json.flag("center_input_sample", false);
      timeDim = json.integerOrNull("time_embedding_dim");
      freqShift = json.integer("freq_shift", 0);
      flip = json.flag("flip_sin_to_cos", true);
      channels = json.integers("block_out_channels", List.of(224, 448, 672, 896));
      midAttention = json.flag("add_attention", true);
      layers = json.integer("layers_per_block", 2);
      midScale = json.number("mid_block_scale_factor", 1);
      padding = json.integer("downsample_padding", 1);
      dropout = json.number("dropout", 0);
      groups = json.integer("norm_num_groups", 32);
      eps = json.number("norm_eps", 1e-5);
      classes = json.integerOrNull("num_class_embeds");
    }

    UNet2dConfig config(
        List<Integer> sides, List<Boolean> down, List<Boolean> up, Integer headDim) {
      return new UNet2dConfig(
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
          midAttention,
          layers,
          midScale,
          padding,
          dropout,
          headDim,
          groups,
          eps,
          classes);
    }
  }

  /** The keys that have one value here; another would be another network. */
  private static void refuseOtherNetworks(DiffusersJson json) {
    json.only("_class_name", "UNet2DModel", "UNet2DModel");
    json.only("time_embedding_type", "positional", "positional");
    json.only("mid_block_type", "UNetMidBlock2D", "UNetMidBlock2D");
    json.only("downsample_type", "conv", "conv");
    json.only("upsample_type", "conv", "conv");
    json.only("act_fn", "silu", "silu");
    json.only("attn_norm_num_groups", null, (Object) null);
    json.only("resnet_time_scale_shift", "default", "default");
    json.only("class_embed_type", null, (Object) null);
    json.ignore("num_train_timesteps"); // only the learned time embedding reads it
  }

  /** Every key, in the peer's (alphabetical) order. */
  public static ObjectNode write(UNet2dConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", "UNet2DModel");
    json.put("_diffusers_version", SchedulerConfig.FORMAT_VERSION);
    json.put("act_fn", "silu");
    json.put("add_attention", config.midAttention());
    json.put("attention_head_dim", config.attentionHeadDim());
    json.putNull("attn_norm_num_groups");
    config.blockOutChannels().forEach(json.putArray("block_out_channels")::add);
    json.put("center_input_sample", config.centerInputSample());
    json.putNull("class_embed_type");
    BlockKeys.putAttending(json, "down_block_types", config.downAttention(), DOWN, ATTENTION_DOWN);
    json.put("downsample_padding", config.downsamplePadding());
    json.put("downsample_type", "conv");
    json.put("dropout", config.dropout());
    json.put("flip_sin_to_cos", config.flipSinToCos());
    json.put("freq_shift", config.freqShift());
    json.put("in_channels", config.inChannels());
    json.put("layers_per_block", config.layersPerBlock());
    json.put("mid_block_scale_factor", config.midBlockScaleFactor());
    json.put("mid_block_type", "UNetMidBlock2D");
    json.put("norm_eps", config.normEps());
    json.put("norm_num_groups", config.normNumGroups());
    json.put("num_class_embeds", config.numClassEmbeds());
    json.putNull("num_train_timesteps");
    json.put("out_channels", config.outChannels());
    json.put("resnet_time_scale_shift", "default");
    BlockKeys.putSides(json, config.sampleHeight(), config.sampleWidth());
    json.put("time_embedding_dim", config.timeEmbeddingDim());
    json.put("time_embedding_type", "positional");
    BlockKeys.putAttending(json, "up_block_types", config.upAttention(), UP, ATTENTION_UP);
    json.put("upsample_type", "conv");
    return json;
  }
}
