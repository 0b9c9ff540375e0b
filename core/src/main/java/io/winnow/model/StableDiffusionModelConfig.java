package io.winnow.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.Tag;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.diffusion.TimestepSpacing;
import io.winnow.model.clip.Activation;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TextTransformerConfig;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.sd.StableDiffusionFolder;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionConfig;
import io.winnow.model.vae.AutoencoderKlConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The U-Net of Stable Diffusion, told texts, on latents: a published one to be fine-tuned, or one
 * of any size. It alone is trained; the text encoder stays as it is (stable_diffusion.md, section
 * 8).
 *
 * @param from pipeline folder of a pre-trained model; null for an untrained one of {@code sizes}
 * @param sizes null where {@code from} has them
 * @param checkpointing whether activations are computed anew in the backward pass, for memory; null
 *     for no
 * @param promptDropout share of training samples that are told the empty text; null for 0, the
 *     reference trainer's
 */
@Tag("stable-diffusion")
@JsonTypeName("STABLE_DIFFUSION")
public record StableDiffusionModelConfig(
    @OrNull String from,
    @OrNull Sizes sizes,
    @OrNull Boolean checkpointing,
    @OrNull Double promptDropout)
    implements ModelConfig {
  private static final double NORM_EPS = 1e-5;
  private static final int LATENT_CHANNELS = 4;

  /**
   * Of a U-Net and its text encoder, both untrained.
   *
   * @param width channels of the finest level
   * @param multipliers channels of each level as a multiple of {@code width}, finest first
   * @param blocks residual blocks per level on the way down, one more on the way up
   * @param attention levels that attend to the text, 0 being the finest
   * @param heads of every attention
   * @param groups of every group norm; divides every level's channels
   */
  public record Sizes(
      int width,
      List<Integer> multipliers,
      int blocks,
      List<Integer> attention,
      int heads,
      int groups,
      Text text) {
    public Sizes {
      multipliers = List.copyOf(multipliers);
      attention = List.copyOf(attention);
      int levels = multipliers.size();
      Check.that(levels >= 1, "multipliers is [], but must name at least one level.");
      Check.that(
          attention.stream().allMatch(level -> level >= 0 && level < levels),
          "attention is %s, but its levels must be in 0 .. %s.",
          attention,
          levels - 1);
    }

    UNet2dConditionConfig unet(int height, int width, int latentChannels) {
      int levels = multipliers.size();
      List<Boolean> cross = new ArrayList<>();
      for (int level = 0; level < levels; level++) {
        cross.add(attention.contains(level));
      }
      List<Boolean> up = new ArrayList<>(cross);
      Collections.reverse(up);
      return new UNet2dConditionConfig(
          height,
          width,
          latentChannels,
          latentChannels,
          false,
          null,
          0,
          true,
          multipliers.stream().map(m -> m * this.width).toList(),
          cross,
          up,
          Collections.nCopies(levels, blocks),
          Collections.nCopies(levels, heads),
          Collections.nCopies(levels, 1),
          Collections.nCopies(levels, text.width()),
          false,
          1,
          1,
          0,
          groups,
          NORM_EPS);
    }
  }

  /**
   * Of a text encoder whose tokens are bytes.
   *
   * @param width of a token
   * @param layers number of blocks
   * @param heads of every attention
   */
  public record Text(int width, int layers, int heads) {
    private static final int MLP_RATIO = 4;
    private static final double EPS = 1e-5;

    private PromptEncoder untrained(long seed) {
      ClipTokenizer tokenizer = ClipTokenizer.ofBytes(ClipTokenizer.LENGTH);
      int end = tokenizer.size() - 1;
      TextTransformer transformer =
          new TextTransformer(
              new TextTransformerConfig(
                  tokenizer.size(),
                  width,
                  MLP_RATIO * width,
                  layers,
                  heads,
                  tokenizer.length(),
                  Activation.QUICK_GELU,
                  EPS,
                  width,
                  end - 1,
                  end,
                  end));
      transformer.initAsTorch(seed);
      transformer.train(false);
      return new PromptEncoder(transformer, tokenizer);
    }
  }

  public StableDiffusionModelConfig {
    Check.that(
        (from == null) != (sizes == null),
        "%s. Give one of the two: from (a pipeline folder) or sizes (of an untrained model).",
        from == null ? "from and sizes are both absent" : "from and sizes are both given");
    Check.that(
        promptDropout == null || (promptDropout >= 0 && promptDropout < 1),
        "promptDropout is %s, but must be in [0, 1); 0.1 is common.",
        promptDropout);
  }

  @Override
  public double labelDropout() {
    return promptDropout == null ? 0 : promptDropout;
  }

  @Override
  public boolean prompted() {
    return true;
  }

  @Override
  public boolean latent() {
    return true;
  }

  @Override
  public int channels() {
    return LATENT_CHANNELS;
  }

  /** Of version 1-4; of a pre-trained model its {@link #scheduler} counts. */
  @Override
  public Schedule schedule() {
    return new Schedule(Schedule.Kind.SCALED_LINEAR, 1000, 0.00085, 0.012);
  }

  @Override
  public SchedulerConfig scheduler(Parameterization parameterization) {
    if (parameterization == Parameterization.FM) {
      throw new IllegalArgumentException(
          "train.prediction: fm, but Stable Diffusion is of a noise schedule; expected eps or v.");
    }
    if (sizes != null) {
      return published(parameterization);
    }
    StableDiffusionFolder.requireParts(Path.of(from));
    SchedulerConfig scheduler = StableDiffusionFolder.scheduler(Path.of(from));
    if (scheduler.parameterization() != parameterization) {
      throw new IllegalArgumentException(
          "train.prediction: %s, but the network of %s predicts %s; expected the same. Set"
                  .formatted(parameterization.key(), from, scheduler.parameterization().key())
              + " train.prediction.");
    }
    return scheduler;
  }

  /** That of version 1-4, sampled by DDIM. */
  private SchedulerConfig published(Parameterization parameterization) {
    return new SchedulerConfig(
        true,
        schedule().config(),
        parameterization,
        SchedulerConfig.Variance.FIXED_SMALL,
        false,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        1,
        false);
  }

  @Override
  public void requireFits(int height, int width, int classCount) {
    if (from == null) {
      sizes.unet(height, width, LATENT_CHANNELS);
    } else {
      StableDiffusionFolder.requireParts(Path.of(from));
    }
  }

  @Override
  public void requireLatentsOf(AutoencoderKlConfig vae) {
    if (from == null) {
      return;
    }
    AutoencoderKlConfig own = StableDiffusionFolder.vaeConfig(Path.of(from));
    if (own.factor() != vae.factor() || own.scalingFactor() != vae.scalingFactor()) {
      throw new IllegalArgumentException(
          "latents.vae: not that of the network in %s: cells of %d pixels, scaling_factor %s; expected"
                  .formatted(from, vae.factor(), vae.scalingFactor())
              + " cells of %d and %s. Set latents.vae: %s."
                  .formatted(own.factor(), own.scalingFactor(), from));
    }
  }

  /** Of any size; what it was trained on is written into its configuration. */
  @Override
  public DenoisingNetwork network(int height, int width, int classCount) {
    UNet2dConditionConfig config =
        from == null
            ? sizes.unet(height, width, LATENT_CHANNELS)
            : StableDiffusionFolder.unetConfig(Path.of(from)).withSample(height, width);
    UNet2dCondition unet = new UNet2dCondition(config);
    unet.checkpointing(checkpointing != null && checkpointing);
    return unet;
  }

  @Override
  public void initialise(DenoisingNetwork network, long seed) {
    if (from == null) {
      network.initAsTorch(seed);
    } else {
      StableDiffusionFolder.loadUnet(network.state(), Path.of(from));
    }
  }

  @Override
  public PromptEncoder promptEncoder(long seed) {
    return from == null ? sizes.text().untrained(seed) : PromptEncoder.read(Path.of(from));
  }
}
