package io.winnow.model;

import io.winnow.tensor.Parameterized;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/** A network that reads an image into a feature and the feature into one number per class. */
public interface ImageClassifier extends Parameterized, AutoCloseable {
  /**
   * The input of the head.
   *
   * @param x normalised images, [B, 3, H, W], float32
   * @return [B, D]
   */
  Tensor features(Tensor x);

  /**
   * The head.
   *
   * @param features [B, D]
   * @return [B, K], before the softmax
   */
  Tensor logits(Tensor features);

  /** D, the width of the feature. */
  int dimension();

  /** K. */
  int classCount();

  /** Parameters and buffers by state-dict key, live. */
  Map<String, Tensor> state();

  /** Moves the weights to a device, in place. */
  void to(Device device);

  /** Lays the weights of convolutions out as NHWC in memory. */
  void channelsLast();

  /**
   * Folds every batch norm into its convolution, for evaluation only: call it once, after the
   * weights were loaded, moved and laid out.
   */
  void fold();

  /** Frees the weights; nothing can be asked of it afterwards. */
  @Override
  void close();
}
