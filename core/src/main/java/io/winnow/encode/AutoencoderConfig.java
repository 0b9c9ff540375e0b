package io.winnow.encode;

import io.winnow.config.Check;
import io.winnow.model.vae.AutoencoderKlConfig;
import java.util.List;

/**
 * How a small AutoencoderKL is trained on a data set ({@code latents.vae: train}): reconstruction
 * and a slight pull to the standard normal, as in latent diffusion (Rombach et al., 2022), without
 * its perceptual and adversarial losses.
 *
 * @param channels of every level, finest first; n levels halve the sides n - 1 times
 * @param blocks residual blocks per level on the way down, one more on the way up
 * @param latentChannels Z
 * @param groups of every group norm; divides every entry of {@code channels}
 * @param steps updates
 * @param batch images per update
 * @param learningRate of Adam at the start; falls to 0 along half a cosine, update by update
 * @param reconstruction how images are compared
 * @param klWeight of the divergence from the standard normal, beside a reconstruction summed over
 *     the image's values
 */
public record AutoencoderConfig(
    List<Integer> channels,
    int blocks,
    int latentChannels,
    int groups,
    int steps,
    int batch,
    double learningRate,
    Reconstruction reconstruction,
    double klWeight) {

  /** Errors of a reconstruction. */
  public enum Reconstruction {
    /** Absolute differences. */
    L1,
    /** Squared differences. */
    L2
  }

  public AutoencoderConfig {
    channels = List.copyOf(channels);
    Check.that(!channels.isEmpty(), "channels is [], but must name at least one level");
    Check.that(
        groups >= 1 && channels.stream().allMatch(c -> c > 0 && c % groups == 0),
        "channels is %s, but every entry must be a multiple of groups (%s)",
        channels,
        groups);
    Check.that(blocks >= 1, "blocks is %s, but must be at least 1", blocks);
    Check.that(latentChannels >= 1, "latentChannels is %s, but must be at least 1", latentChannels);
    Check.that(steps >= 1, "steps is %s, but must be at least 1", steps);
    Check.that(batch >= 1, "batch is %s, but must be at least 1", batch);
    Check.that(learningRate > 0, "learningRate is %s, but must be above 0", learningRate);
    Check.that(klWeight >= 0, "klWeight is %s, but must be at least 0; 1e-6 is usual", klWeight);
  }

  /**
   * The shape of the autoencoder.
   *
   * @param side of the images in pixels
   * @param scalingFactor what latents are multiplied by before diffusion sees them
   */
  public AutoencoderKlConfig shape(int side, double scalingFactor) {
    return new AutoencoderKlConfig(
        3, 3, channels, blocks, latentChannels, groups, side, scalingFactor);
  }
}
