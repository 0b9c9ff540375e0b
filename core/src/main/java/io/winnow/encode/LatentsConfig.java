package io.winnow.encode;

import io.winnow.artifact.LatentMoments;
import io.winnow.config.Check;

/**
 * The {@code latents} part of a recipe: the autoencoder between images and what a network on
 * latents denoises. Its {@code scaling_factor} and sizes are those of its own configuration. Mirror
 * images are encoded where the training mirrors.
 *
 * @param vae folder of an AutoencoderKL of diffusers, or of a pipeline with one in {@code vae/}; or
 *     {@code train}
 * @param batch images per call of the encoder
 * @param storage of the moments on disk
 * @param training of {@code vae: train}
 */
public record LatentsConfig(
    String vae, int batch, LatentMoments.Storage storage, AutoencoderConfig training) {
  /** The word that stands for "train one on the data set itself". */
  public static final String TRAIN = "train";

  public LatentsConfig {
    Check.that(
        !vae.isBlank(), "vae is missing; name the folder of an AutoencoderKL, or write train");
    Check.that(batch >= 1, "batch is %s, but must be at least 1", batch);
  }

  /** Whether the autoencoder is to be trained first. */
  public boolean trains() {
    return TRAIN.equals(vae);
  }
}
