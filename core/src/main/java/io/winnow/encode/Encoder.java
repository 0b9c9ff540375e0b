package io.winnow.encode;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.data.Image;
import io.winnow.tensor.HostCopy;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Images to features. Extension point: anything that names itself and does both halves of the work
 * can be an encoder. The features of one image do not depend on the images beside it.
 *
 * <p>{@link #prepare} may be called by several threads at once; {@link #encodePrepared} by one.
 */
public interface Encoder extends AutoCloseable {
  /** Network, weights and preprocessing: what decides the features. */
  EncoderIdentity identity();

  /** D, the width of a feature. */
  default int dimension() {
    return identity().dimension();
  }

  /**
   * The half that needs no network: resize, crop, normalise.
   *
   * @return the network's input, [3, S, S], float32, contiguous, on the CPU, in the caller's scope
   */
  Tensor prepare(Image image);

  /**
   * The half that runs the network.
   *
   * @param batch prepared images, [B, 3, S, S], on the CPU
   * @param indices the images' positions in their data set, [B], for encoders that add noise
   * @return features, [B, D], float32, on the CPU, in the caller's scope
   */
  Tensor encodePrepared(Tensor batch, long[] indices);

  /**
   * Begins what {@link #encodePrepared} does: a device computes it while the caller goes on.
   *
   * @return the features, to be read and closed in the order in which they were begun
   */
  default HostCopy begin(Tensor batch, long[] indices) {
    try (Scope scope = Scope.open()) {
      return HostCopy.begin(encodePrepared(batch, indices));
    }
  }

  /** How many batches may usefully be begun before the first of them is read; 0 on the CPU. */
  default int ahead() {
    return 0;
  }

  /** Both halves, for images whose positions are {@code indices}: [B, D], float32, CPU. */
  default Tensor encode(List<Image> images, long[] indices) {
    try (Scope scope = Scope.open()) {
      Tensor batch = Tensors.stack(images.stream().map(this::prepare).toList());
      return scope.keep(encodePrepared(batch, indices));
    }
  }

  /** Both halves, for images at the positions 0, 1, 2, ...: [B, D], float32, CPU. */
  default Tensor encode(List<Image> images) {
    return encode(images, LongStream.range(0, images.size()).toArray());
  }

  /** Frees what the encoder holds. */
  @Override
  void close();
}
