package io.winnow.model.vae;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.config.Check;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.SchedulerConfig;
import java.util.Collections;
import java.util.List;

/**
 * The shape of an autoencoder, as diffusers' AutoencoderKL writes it ({@code config.json}). Source:
 * diffusers, {@code models/autoencoders/autoencoder_kl.py}.
 *
 * @param inChannels of the images
 * @param outChannels of the decoded images
 * @param blockOutChannels channels per level, fine to coarse, [L]
 * @param layersPerBlock residual blocks per level of the encoder; one more of the decoder
 * @param latentChannels Z
 * @param normNumGroups groups of every group norm
 * @param sampleSize side of the images that it was trained on, informative
 * @param scalingFactor what latents are multiplied by before diffusion sees them
 */
public record AutoencoderKlConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int latentChannels,
    int normNumGroups,
    int sampleSize,
    double scalingFactor) {
  private static final String CLASS = "AutoencoderKL";
  private static final String DOWN = "DownEncoderBlock2D";
  private static final String UP = "UpDecoderBlock2D";

  public AutoencoderKlConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    Check.that(
        !blockOutChannels.isEmpty(), "block_out_channels is empty, but needs one entry per level");
    Check.that(inChannels > 0, "in_channels is %s, but must be positive", inChannels);
    Check.that(outChannels > 0, "out_channels is %s, but must be positive", outChannels);
    Check.that(layersPerBlock > 0, "layers_per_block is %s, but must be positive", layersPerBlock);
    Check.that(latentChannels > 0, "latent_channels is %s, but must be positive", latentChannels);
    Check.that(sampleSize > 0, "sample_size is %s, but must be positive", sampleSize);
    Check.that(scalingFactor > 0, "scaling_factor is %s, but must be above 0", scalingFactor);
    for (int channels : blockOutChannels) {
      Check.that(
          normNumGroups > 0 && channels > 0 && channels % normNumGroups == 0,
          "norm_num_groups is %s, but must divide every entry of block_out_channels %s",
          normNumGroups,
          blockOutChannels);
    }
  }

  /** Reads the keys; values of another network are refused by key, absent ones take defaults. */
  public static AutoencoderKlConfig fromJson(DiffusersJson json) {
    refuseOtherNetworks(json);
    List<Integer> channels = json.integers("block_out_channels", List.of(64));
    requireBlocks(json, "down_block_types", DOWN, channels.size());
    requireBlocks(json, "up_block_types", UP, channels.size());
    int in = json.integer("in_channels", 3);
    int out = json.integer("out_channels", 3);
    int layers = json.integer("layers_per_block", 1);
    int latent = json.integer("latent_channels", 4);
    int groups = json.integer("norm_num_groups", 32);
    int sample = json.integer("sample_size", 32);
    double scaling = json.number("scaling_factor", 0.18215);
    json.throwProblems();
    AutoencoderKlConfig config =
        new AutoencoderKlConfig(in, out, channels, layers, latent, groups, sample, scaling);
    json.finish();
    return config;
  }

  /** The keys that have one value here; another would be another network. */
  private static void refuseOtherNetworks(DiffusersJson json) {
    json.only("_class_name", CLASS, CLASS);
    json.only("act_fn", "silu", "silu");
    json.only("shift_factor", null, (Object) null);
    json.only("latents_mean", null, (Object) null);
    json.only("latents_std", null, (Object) null);
    json.only("use_quant_conv", true, true);
    json.only("use_post_quant_conv", true, true);
    json.only("mid_block_add_attention", true, true);
    json.ignore("force_upcast"); // of half precision, which is not used here
  }

  private static void requireBlocks(DiffusersJson json, String key, String type, int levels) {
    List<String> blocks = json.texts(key, Collections.nCopies(levels, type));
    if (!blocks.equals(Collections.nCopies(levels, type))) {
      json.problem(
          key + ": " + blocks + " is not supported; expected " + levels + " times " + type);
    }
  }

  /** Every key, in the peer's (alphabetical) order. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", CLASS);
    json.put("_diffusers_version", SchedulerConfig.FORMAT_VERSION);
    json.put("act_fn", "silu");
    blockOutChannels.forEach(json.putArray("block_out_channels")::add);
    repeated(json.putArray("down_block_types"), DOWN);
    json.put("force_upcast", true);
    json.put("in_channels", inChannels);
    json.put("latent_channels", latentChannels);
    json.putNull("latents_mean");
    json.putNull("latents_std");
    json.put("layers_per_block", layersPerBlock);
    json.put("mid_block_add_attention", true);
    json.put("norm_num_groups", normNumGroups);
    json.put("out_channels", outChannels);
    json.put("sample_size", sampleSize);
    json.put("scaling_factor", scalingFactor);
    json.putNull("shift_factor");
    repeated(json.putArray("up_block_types"), UP);
    json.put("use_post_quant_conv", true);
    json.put("use_quant_conv", true);
    return json;
  }

  private void repeated(ArrayNode array, String type) {
    blockOutChannels.forEach(level -> array.add(type));
  }

  /** f: an image of f H x f W pixels has a latent of H x W cells. */
  public int factor() {
    return 1 << (blockOutChannels.size() - 1);
  }

  /** Channels of the coarsest level. */
  int deepest() {
    return blockOutChannels.get(blockOutChannels.size() - 1);
  }
}
