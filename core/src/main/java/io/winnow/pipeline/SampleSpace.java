package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network draws, and how that becomes images.
 *
 * @param channels C: 3 of images, Z of latents
 * @param height in pixels, or in cells of latents
 * @param width likewise
 * @param vae decodes latents; null for a network on images
 * @param truncated whether decoded images are cut off to bytes, as MDT's are, not rounded as those
 *     of diffusers are
 */
record SampleSpace(
    int channels, int height, int width, @OrNull AutoencoderKl vae, boolean truncated) {
  private static final int RGB = 3;

  /**
   * Pixels that are decoded at once, so that memory does not depend on the batch: 8 x 256 x 256.
   */
  private static final long AT_ONCE = 8L << 16;

  /** Images of this size. */
  static SampleSpace images(int height, int width) {
    return new SampleSpace(RGB, height, width, null, false);
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
    return vae == null
        ? images(height, width)
        : new SampleSpace(
            vae.config().latentChannels(), height, width, vae, model.prompts() == null);
  }

  int imageHeight() {
    return vae == null ? height : height * vae.config().factor();
  }

  int imageWidth() {
    return vae == null ? width : width * vae.config().factor();
  }

  /**
   * Images of what was drawn; latents are decoded a few at a time.
   *
   * @param x0 [B, C, H, W], float32; no gradients are kept
   * @param rule how images round that were not decoded
   * @return uint8, [B, 3, height, width], row-major
   */
  byte[] bytes(Tensor x0, SamplerConfig.Rule rule) {
    if (vae == null) {
      boolean fx = rule == SamplerConfig.Rule.FX;
      return Tensors.bytes(fx ? Pixels.toUint8Fx(x0) : Pixels.toUint8Diffusers(x0));
    }
    return decoded(x0, AT_ONCE);
  }

  /**
   * Images of latents.
   *
   * @param atOnce pixels that are decoded at once, in whole images, one at least
   */
  byte[] decoded(Tensor x0, long atOnce) {
    int count = Math.toIntExact(x0.size(0));
    int size = RGB * imageHeight() * imageWidth();
    byte[] all = new byte[Math.multiplyExact(count, size)];
    int part = (int) Math.max(1, atOnce * RGB / size);
    for (int from = 0; from < count; from += part) {
      try (Scope scope = Scope.open()) {
        Tensor latents = x0.narrow(0, from, Math.min(part, count - from)); // [b, Z, H, W]
        Tensor images = vae.decode(vae.unscaled(latents)); // [b, 3, f H, f W]
        byte[] some =
            Tensors.bytes(
                truncated ? Pixels.toUint8Truncated(images) : Pixels.toUint8Diffusers(images));
        System.arraycopy(some, 0, all, from * size, some.length);
      }
    }
    return all;
  }
}
