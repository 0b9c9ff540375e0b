package io.winnow.encode;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.model.unet.UNet2d;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Set;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Features of a diffusion network (denoising diffusion autoencoders, Xiang et al. 2023): the image
 * is noised to an early step, and the output of one unit of the way up is averaged over space. The
 * noise of an image is a function of (seed, position in the data set), so features do not depend on
 * the batch. A class-conditional network is asked without a class.
 */
public final class DdaeBody implements NetworkEncoder.Body {
  /** What an image is noised with. */
  @FunctionalInterface
  public interface Noise {
    /**
     * Draws.
     *
     * @param shape of the image, {3, S, S}
     * @param index position of the image in its data set
     * @return standard normal, [3, S, S], float32, in the caller's scope
     */
    Tensor of(long[] shape, long index);

    /** The noise of an encoder: a function of (seed, position). */
    static Noise ofSeed(long seed) {
      RandomStreams streams = RandomStreams.of(seed);
      return (shape, index) -> streams.normal(shape, "ddae.noise", index);
    }
  }

  private final UNet2d unet;
  private final NoiseSchedule schedule;
  private final DdaeConfig config;
  private final Noise noise;
  private final Device device;

  /**
   * @param unet on the device, in evaluation mode
   * @param schedule that it was trained with
   */
  public DdaeBody(
      UNet2d unet, NoiseSchedule schedule, DdaeConfig config, Noise noise, Device device) {
    this.unet = unet;
    this.schedule = schedule;
    this.config = config;
    this.noise = noise;
    this.device = device;
    int units = unet.config().levels() * (unet.config().layersPerBlock() + 1);
    if (config.block() > units) {
      throw new IllegalArgumentException(
          "ddae.block: %d is above the %d units of the network's way up. Use 1 to %d."
              .formatted(config.block(), units, units));
    }
    if (config.t() > schedule.trainSteps()) {
      throw new IllegalArgumentException(
          "ddae.t: %d is above the %d steps of the network's schedule. Use an early step, as 11."
              .formatted(config.t(), schedule.trainSteps()));
    }
  }

  /** Side of the images that the network was trained on. */
  int side() {
    Integer side = unet.config().sampleHeight();
    if (side == null || !side.equals(unet.config().sampleWidth())) {
      throw new IllegalArgumentException(
          "ddae: the network's sample_size is %s x %s; expected one square size in its config.json."
              .formatted(side, unet.config().sampleWidth()));
    }
    return side;
  }

  /** Width of out_k: the levels' channels from coarse to fine, each for layers + 1 units. */
  int dimension() {
    int level = (config.block() - 1) / (unet.config().layersPerBlock() + 1);
    return unet.config().blockOutChannels().get(unet.config().levels() - 1 - level);
  }

  String describe(long seed) {
    return "DDAE out_%d at t = %d, global average, noise of seed %d"
        .formatted(config.block(), config.t(), seed);
  }

  @Override
  public Tensor features(Tensor x, long[] indices) {
    Tensor out =
        unet.upBlockOutputs(
                noised(x, indices),
                times(indices.length),
                withoutClass(indices.length),
                Set.of(config.block()))
            .get(config.block()); // [B, D, h, w]
    return out.to(torch.ScalarType.Float).mean(2, 3); // [B, D]
  }

  /**
   * What the network sees.
   *
   * @param x [B, 3, S, S] in [-1, 1]
   * @param indices positions of the images in the data set, [B]
   * @return x_t, [B, 3, S, S]
   */
  public Tensor noised(Tensor x, long[] indices) {
    Tensor[] perImage = new Tensor[indices.length];
    for (int i = 0; i < indices.length; i++) {
      perImage[i] = noise.of(new long[] {x.size(1), x.size(2), x.size(3)}, indices[i]);
    }
    Tensor eps = Tensors.sent(torch.stack(new TensorVector(perImage), 0), device); // [B, 3, S, S]
    return schedule.addNoise(x, eps, times(indices.length));
  }

  /** The table's index of the noise step, [B]. */
  private Tensor times(int count) {
    long[] steps = new long[count];
    Arrays.fill(steps, config.t() - 1L);
    return onDevice(Tensors.of(steps, count));
  }

  private Condition withoutClass(int count) {
    Integer rows = unet.config().numClassEmbeds();
    if (rows == null) {
      return Condition.none();
    }
    long[] none = new long[count];
    Arrays.fill(none, rows - 1L);
    return Condition.ofClasses(onDevice(Tensors.of(none, count)));
  }

  private Tensor onDevice(Tensor integers) {
    return Tensors.sent(integers, device);
  }
}
