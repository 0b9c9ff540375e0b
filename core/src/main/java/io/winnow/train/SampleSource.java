package io.winnow.train;

import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import org.bytedeco.pytorch.Tensor;

/**
 * The samples of a training in the form that they are stored in, and how they become what the
 * forward process noises. Safe for use by several threads at once. Extension point; {@link
 * Pictures} are uint8 images, {@link Latents} moments of what an autoencoder makes of them.
 */
public interface SampleSource {
  /** How many samples. */
  int size();

  /** A copy of the labels, [N]. */
  int[] labels();

  /** Shape of the samples of a batch, as the network sees them: {count, C, H, W}. */
  long[] shape(int count);

  /** Whether gathering a batch takes so long that another thread should do it ahead. */
  boolean slow();

  /**
   * Gathers samples.
   *
   * @param indices of the samples wanted, repeats allowed, [B]
   * @return [B, ...], as they are stored, CPU; belongs to the caller's scope
   */
  Tensor batch(int[] indices);

  /**
   * Mirrors some samples left to right.
   *
   * @param stored of {@link #batch}, [B, ...]
   * @param which flags, [B]
   */
  Tensor mirrored(Tensor stored, Tensor which);

  /**
   * Draws what a sample leaves to chance in every step; nothing where it is what is stored.
   *
   * @param stored of {@link #batch}, mirrored where it is to be, [B, ...]
   * @return [B, ...], CPU; a pure function of the arguments
   */
  default Tensor drawn(Tensor stored, RandomStreams random, long step) {
    return stored;
  }

  /**
   * What the forward process begins with.
   *
   * @param stored of {@link #drawn}, on the device, [B, ...]
   * @return [B, C, H, W], float32, about [-1, 1]
   */
  Tensor x0(Tensor stored, Compute compute);
}
