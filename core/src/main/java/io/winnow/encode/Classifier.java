package io.winnow.encode;

import io.winnow.data.Image;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** An encoder whose network has a head: it also says which class it sees. */
public interface Classifier extends Encoder {
  /** Class names in the order of the logits, K of them. */
  List<String> classes();

  /**
   * What the head says.
   *
   * @return [B, K], before the softmax, float32, on the CPU, in the caller's scope
   */
  Tensor logits(List<Image> images);

  /** The most likely class of every image, [B]. */
  int[] classify(List<Image> images);
}
