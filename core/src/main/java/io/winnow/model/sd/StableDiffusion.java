package io.winnow.model.sd;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
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
  private static final System.Logger LOG = System.getLogger(StableDiffusion.class.getName());

  /**
   * Texts as a U-Net is told them.
   *
   * @param states of the text encoder, [B, N, E], float32
   * @param ids tokens, [B, N], int64
   * @param truncated how many of the texts were too long and were cut
   */
  public record Texts(Tensor states, Tensor ids, int truncated) {}

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
    int vocabulary = textEncoder.config().vocabulary();
    if (tokenizer.size() > vocabulary) {
      problems.add(
          "tokenizer has "
              + tokenizer.size()
              + " tokens, but text_encoder vocab_size is "
              + vocabulary);
    }
    int positions = textEncoder.config().positions();
    if (tokenizer.length() > positions) {
      problems.add(
          "tokenizer model_max_length is "
              + tokenizer.length()
              + ", but text_encoder max_position_embeddings is "
              + positions);
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

  /**
   * Encodes texts, equal ones once. Texts of more tokens than the tokenizer's length are cut at the
   * end, counted and warned about.
   */
  public Texts encode(List<String> texts) {
    List<String> distinct = new ArrayList<>(new LinkedHashSet<>(texts));
    int length = tokenizer.length();
    long[] tokens = new long[distinct.size() * length];
    List<String> cut = new ArrayList<>();
    for (int i = 0; i < distinct.size(); i++) {
      ClipTokenizer.Tokens encoded = tokenizer.encode(distinct.get(i));
      for (int j = 0; j < length; j++) {
        tokens[i * length + j] = encoded.ids().get(j);
      }
      if (encoded.truncated()) {
        cut.add(distinct.get(i));
        LOG.log(
            System.Logger.Level.WARNING,
            "prompt \"{0}\": {1} tokens, but {2} fit; the rest is cut off. Shorten it.",
            distinct.get(i),
            encoded.rawLength(),
            length - 2);
      }
    }
    int truncated = (int) texts.stream().filter(cut::contains).count();
    int[] rows = texts.stream().mapToInt(distinct::indexOf).toArray();
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor here = textEncoder.parameters().values().iterator().next();
      Tensor ids = onDeviceOf(here, Tensors.of(tokens, distinct.size(), length)); // [D, N]
      Tensor row = onDeviceOf(here, Tensors.ofInts(rows)); // [B]
      Tensor states = textEncoder.forward(ids).index_select(0, row); // [B, N, E]
      return new Texts(scope.keep(states), scope.keep(ids.index_select(0, row)), truncated);
    }
  }

  private static Tensor onDeviceOf(Tensor like, Tensor tensor) {
    return tensor.to(like.device(), tensor.scalar_type());
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
