package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.model.ModelFolder;
import io.winnow.model.vae.AutoencoderKl;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network draws, and how that becomes images.
 *
 * @param channels C: 3 of images, Z of latents
 * @param height in pixels, or in cells of latents
 * @param width likewise
 * @param vae decodes latents; null for a network on images
 */
record SampleSpace(int channels, int height, int width, @OrNull AutoencoderKl vae) {
  private static final int RGB = 3;

  /** Images of this size. */
  static SampleSpace images(int height, int width) {
    return new SampleSpace(RGB, height, width, null);
  }

  /** That of a model; its configuration says the size. */
  static SampleSpace of(Path where, ModelFolder model) {
    DenoisingNetwork network = model.network();
    Integer height = network.imageHeight();
    Integer width = network.imageWidth();
    if (height == null || width == null) {
      throw new IllegalArgumentException(
          where
              + ": config.json has no sample_size; expected the side of the images. Add the key.");
    }
    AutoencoderKl vae = model.vae();
    int channels = vae == null ? RGB : vae.config().latentChannels();
    return new SampleSpace(channels, height, width, vae);
  }

  int imageHeight() {
    return vae == null ? height : height * vae.config().factor();
  }

  int imageWidth() {
    return vae == null ? width : width * vae.config().factor();
  }

  /** Images of what was drawn, [B, 3, H, W], float32, about [-1, 1]. */
  Tensor decoded(Tensor x0) {
    return vae == null ? x0 : vae.decode(vae.unscaled(x0));
  }
}
