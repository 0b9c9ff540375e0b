package io.winnow.model.vae;

import io.winnow.diffusion.DiffusersJson;
import io.winnow.files.AtomicFile;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.tensor.Shapes;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.ComponentWeights;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The autoencoder that takes diffusion from pixels to latents (Rombach et al., 2022): an image of f
 * H x f W pixels becomes Z channels of H x W cells; f is 8 and Z is 4 in Stable Diffusion. Its
 * weights carry the names of diffusers' AutoencoderKL; those of older files are renamed on loading.
 */
public final class AutoencoderKl extends Layer {
  private static final String CONFIG = "config.json";

  private final AutoencoderKlConfig config;
  private final Encoder encoder;
  private final Decoder decoder;
  private final Conv2d quantConv;
  private final Conv2d postQuantConv;
  private final Scalar scaling;

  /** An autoencoder with all weights zero; load weights or call {@link #initAsTorch}. */
  public AutoencoderKl(AutoencoderKlConfig config) {
    this.config = config;
    int latent = config.latentChannels();
    encoder = child("encoder", new Encoder(config));
    decoder = child("decoder", new Decoder(config));
    quantConv = child("quant_conv", Conv2d.pointwise(2 * latent, 2 * latent));
    postQuantConv = child("post_quant_conv", Conv2d.pointwise(latent, latent));
    scaling = held(new Scalar(config.scalingFactor()));
  }

  /**
   * Reads a folder of an autoencoder ({@code vae/} of a pipeline, or one of its own), for
   * evaluation.
   *
   * @throws IllegalArgumentException naming the file that is missing, or the key that does not fit
   */
  public static AutoencoderKl read(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          file + ": is missing; expected the folder of an AutoencoderKL of diffusers");
    }
    AutoencoderKl vae = new AutoencoderKl(AutoencoderKlConfig.fromJson(DiffusersJson.read(file)));
    Path weights = ComponentWeights.DIFFUSERS.in(folder);
    Checkpoint.load(vae.state(), weights, ComponentWeights::presentName);
    vae.train(false);
    return vae;
  }

  /**
   * Writes a folder that diffusers opens. Call it inside an {@code AtomicFolder}.
   *
   * @param folder is made where it does not exist
   */
  public void write(Path folder) {
    AtomicFile.writeString(folder.resolve(CONFIG), DiffusersJson.text(config.toJson()));
    Path weights = folder.resolve(ComponentWeights.DIFFUSERS.fileName());
    Safetensors.write(weights, state(), Map.of("format", "pt"));
  }

  public AutoencoderKlConfig config() {
    return config;
  }

  /**
   * What the encoder says of images, before the clamp: mean, then log of the variance.
   *
   * @param images [B, in, f H, f W], float32, in [-1, 1]; sides are multiples of f
   * @return {@code [B, 2 Z, H, W]}
   */
  public Tensor moments(Tensor images) {
    Shapes.require(
        images, "AutoencoderKl images", Shapes.ANY, config.inChannels(), Shapes.ANY, Shapes.ANY);
    int factor = config.factor();
    if (images.size(2) % factor != 0 || images.size(3) % factor != 0) {
      throw new IllegalArgumentException(
          String.format(
              "AutoencoderKl images: %d x %d pixels, expected multiples of %d. Resize the images.",
              images.size(2), images.size(3), factor));
    }
    return quantConv.forward(encoder.forward(images));
  }

  /** The Gaussian over the latents of images, as {@link #moments} has it. */
  public Posterior encode(Tensor images) {
    return Posterior.of(moments(images));
  }

  /**
   * Decodes latents as {@link #encode} gives them (not scaled).
   *
   * @param z [B, Z, H, W], float32
   * @return images, [B, out, f H, f W], float32, about [-1, 1]; nothing is clamped
   */
  public Tensor decode(Tensor z) {
    int latent = config.latentChannels();
    Shapes.require(z, "AutoencoderKl z", Shapes.ANY, latent, Shapes.ANY, Shapes.ANY);
    return decoder.forward(postQuantConv.forward(z));
  }

  /** A latent in the scale that diffusion works in: times {@code scaling_factor}. */
  public Tensor scaled(Tensor z) {
    return z.mul(scaling);
  }

  /** A latent of diffusion as {@link #decode} wants it: divided by {@code scaling_factor}. */
  public Tensor unscaled(Tensor latents) {
    return latents.div(scaling);
  }

  /**
   * PyTorch's default initialisation, encoder first.
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  public void initAsTorch(long seed) {
    torch.manual_seed(seed);
    encoder.initAsTorch();
    decoder.initAsTorch();
    quantConv.initAsTorch();
    postQuantConv.initAsTorch();
  }
}
