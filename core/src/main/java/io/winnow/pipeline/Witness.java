package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.tensor.GraphRecorder;
import io.winnow.train.LossWeighting;
import io.winnow.train.SampleSource;

/**
 * Sees the images, the weighting and the network of every training, every network that is asked
 * besides, and may stand between. A user's run has none; a test of the wiring hangs its own in.
 */
interface Witness {
  Witness NONE = new Witness() {};

  /**
   * The images of a training.
   *
   * @param training reference, proxy, model or unweighted
   */
  default ImageSource images(String training, ImageSource images) {
    return images;
  }

  /** The samples of a training, of images or of their latents. */
  default SampleSource samples(String training, SampleSource samples) {
    return samples;
  }

  /** The weighting of a training. */
  default LossWeighting weighting(String training, LossWeighting weighting) {
    return weighting;
  }

  /**
   * A network.
   *
   * @param role of one in training, its training's name; else what it is asked for
   * @return what gives its predictions
   */
  default Denoiser network(String role, DenoisingNetwork network) {
    return network;
  }

  /** What records the work of sampling; null where it is started step by step. */
  default @OrNull GraphRecorder recorder(@OrNull GraphRecorder ofDevice) {
    return ofDevice;
  }
}
