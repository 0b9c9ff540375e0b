package io.winnow.diffusion;

import io.winnow.config.OrNull;
import io.winnow.tensor.Parameterized;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A denoiser with weights: what training, checkpoints and samplers want of any architecture. */
public interface DenoisingNetwork extends Denoiser, Parameterized, AutoCloseable {
  /** Parameters and buffers by state-dict key, in the peer's order. Live. */
  Map<String, Tensor> state();

  /** Whether dropout is on. */
  boolean training();

  /**
   * PyTorch's default initialisation, drawn as the peer draws it.
   *
   * @param seed seeds the engine's global generator, which goes on from here
   */
  void initAsTorch(long seed);

  /** Height of the images that it was made for, in pixels; null where that is not known. */
  @OrNull
  Integer imageHeight();

  /** Their width. */
  @OrNull
  Integer imageWidth();

  /** Rows of the class embedding, K + 1 with the null class; null for an unconditional network. */
  @OrNull
  Integer classEmbeddings();

  /** Whether another network has the same architecture and sizes; dropout may differ. */
  boolean sameShape(DenoisingNetwork other);

  /** Frees the weights; nothing can be asked of it afterwards. */
  @Override
  void close();
}
