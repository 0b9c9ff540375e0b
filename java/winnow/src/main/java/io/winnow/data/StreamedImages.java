package io.winnow.data;

import io.winnow.tensor.Scope;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Training images decoded when they are asked for, for data sets that do not fit into memory. Wrap
 * it in a {@link Prefetch} of several threads.
 */
public final class StreamedImages implements ImageSource {
  private final TrainingImages images;
  private final int[] labels;

  /**
   * @param dataset stays the caller's to close
   * @param side of the training images; 0 for the native size, which must be the same everywhere
   */
  public StreamedImages(Dataset dataset, int side, Resize resize) {
    this.images = new TrainingImages(dataset, side, resize);
    this.labels = TrainingImages.labels(dataset);
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public int height() {
    return images.height();
  }

  @Override
  public int width() {
    return images.width();
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public Tensor batch(int[] indices) {
    Tensor batch =
        torch.empty(
            new long[] {indices.length, 3, height(), width()},
            new TensorOptions(torch.ScalarType.Byte),
            null);
    long bytes = 3L * height() * width();
    try (Scope scope = Scope.open()) {
      BytePointer to = new BytePointer(batch.data_ptr());
      for (int b = 0; b < indices.length; b++) {
        to.position(b * bytes).put(images.planes(indices[b]));
      }
    }
    return batch;
  }
}
