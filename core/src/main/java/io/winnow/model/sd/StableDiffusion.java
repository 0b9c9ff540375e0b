package io.winnow.model.sd;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The parts of a latent diffusion model that is told texts (Rombach et al., 2022). The autoencoder
 * and the text encoder are those that the U-Net was trained with, and stay as they are; {@link
 * StableDiffusionFolder} reads and writes all of it.
 *
 * @param unet predicts in the space of scaled latents
 * @param vae images to latents and back
 * @param textEncoder tokens to the states that the U-Net attends to
 * @param tokenizer texts to tokens
 * @param scheduler noise levels of training, and how a sampler walks them
 */
public record StableDiffusion(
    UNet2dCondition unet,
    AutoencoderKl vae,
    TextTransformer textEncoder,
    ClipTokenizer tokenizer,
    SchedulerConfig scheduler) {
  /** Parts that do not fit together are refused. */
  public StableDiffusion {
    List<String> problems = new ArrayList<>();
    int latent = vae.config().latentChannels();
    require(
        problems, "unet in_channels", unet.config().inChannels(), "vae latent_channels", latent);
    require(
        problems, "unet out_channels", unet.config().outChannels(), "vae latent_channels", latent);
    for (int width : new LinkedHashSet<>(unet.config().crossAttentionDim())) {
      int states = textEncoder.config().width();
      require(problems, "unet cross_attention_dim", width, "text_encoder hidden_size", states);
    }
    try {
      new PromptEncoder(textEncoder, tokenizer);
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "StableDiffusion: "
              + String.join("; ", problems)
              + ". The parts are of different models; take all from one checkpoint.");
    }
  }

  private static void require(
      List<String> problems, String key, int value, String otherKey, int other) {
    if (value != other) {
      problems.add(key + " is " + value + ", but " + otherKey + " is " + other);
    }
  }

  /** Puts all networks on a device and into its layout, in place. */
  public void place(Compute compute) {
    compute.place(unet);
    compute.place(vae);
    compute.place(textEncoder);
  }

  /** Tokenizer and text encoder. */
  public PromptEncoder prompts() {
    return new PromptEncoder(textEncoder, tokenizer);
  }

  /** Encodes texts, as {@link PromptEncoder#encode}. */
  public PromptEncoder.Texts encode(List<String> texts) {
    return prompts().encode(texts);
  }

  /**
   * What the U-Net is told.
   *
   * @param prompts one per latent
   * @param negativePrompt what guidance leads away from; the empty text as a rule
   */
  public Condition condition(List<String> prompts, String negativePrompt) {
    return Condition.ofPrompts(encode(prompts).states(), encode(List.of(negativePrompt)).states());
  }

  /**
   * Images as diffusion sees them: samples of the autoencoder's posterior, scaled; without
   * gradients.
   *
   * @param images [B, 3, f H, f W], float32, in [-1, 1]
   * @param noise standard normal, [B, Z, H, W]
   * @return [B, Z, H, W], float32
   */
  public Tensor latents(Tensor images, Tensor noise) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return scope.keep(vae.scaled(vae.encode(images).sample(noise)));
    }
  }

  /**
   * Images of scaled latents; without gradients.
   *
   * @param latents [B, Z, H, W], float32
   * @return [B, 3, f H, f W], float32, about [-1, 1]; nothing is clamped
   */
  public Tensor images(Tensor latents) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return scope.keep(vae.decode(vae.unscaled(latents)));
    }
  }
}
