package io.winnow.model.sd;

import io.winnow.config.Check;
import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.Guided;
import io.winnow.diffusion.PerImageNoise;
import io.winnow.diffusion.SampleListener;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.StepNoise;
import io.winnow.tensor.Shapes;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Samples images of texts by DDIM in latent space, with classifier-free guidance (stable_diffusion,
 * sections 6 and 7).
 */
public final class TextToImage {
  private final StableDiffusion model;
  private final Settings settings;
  private final Sampler sampler;

  /**
   * How to sample.
   *
   * @param height of the images in pixels, a multiple of the autoencoder's factor
   * @param width likewise
   * @param steps of the sampler
   * @param eta 0 is deterministic, 1 is ancestral
   * @param guidance how strongly the text is followed
   * @param negativePrompt what guidance leads away from; empty as a rule
   */
  public record Settings(
      int height,
      int width,
      int steps,
      double eta,
      GuidanceStrength guidance,
      String negativePrompt) {
    public Settings {
      Check.that(height > 0, "height is %s, but must be positive", height);
      Check.that(width > 0, "width is %s, but must be positive", width);
    }
  }

  /**
   * @throws IllegalArgumentException naming the setting that does not fit the model
   */
  public TextToImage(StableDiffusion model, Settings settings) {
    this.model = model;
    this.settings = settings;
    int factor = model.vae().config().factor();
    Check.that(
        settings.height() % factor == 0 && settings.width() % factor == 0,
        "TextToImage: %s x %s pixels, but the autoencoder reduces by %s; use multiples of it",
        settings.height(),
        settings.width(),
        factor);
    this.sampler =
        DdimSampler.diffusers(model.scheduler(), settings.steps(), settings.eta(), false);
  }

  /** Standard normal noise of the latents' shape, [B, Z, H, W], float32, on the CPU. */
  public Tensor initial(PerImageNoise noise) {
    return noise.initial(
        model.vae().config().latentChannels(), cells(settings.height()), cells(settings.width()));
  }

  /**
   * Samples scaled latents; {@link StableDiffusion#images} decodes them.
   *
   * @param prompts one per image
   * @param noise standard normal, [B, Z, H, W], float32, where the networks are
   * @param stepNoise the z of every step where eta is above 0
   * @return [B, Z, H, W], float32; the caller's scope owns them
   */
  public Tensor latents(
      List<String> prompts, Tensor noise, StepNoise stepNoise, SampleListener listener) {
    int latent = model.vae().config().latentChannels();
    Shapes.require(
        noise,
        "TextToImage noise (cells of "
            + model.vae().config().factor()
            + " pixels, one latent per prompt)",
        prompts.size(),
        latent,
        cells(settings.height()),
        cells(settings.width()));
    return sampler.sample(
        Guided.byPrompts(model.unet(), settings.guidance().weight()),
        noise,
        model.condition(prompts, settings.negativePrompt()),
        stepNoise,
        listener);
  }

  private long cells(int pixels) {
    return pixels / model.vae().config().factor();
  }
}
