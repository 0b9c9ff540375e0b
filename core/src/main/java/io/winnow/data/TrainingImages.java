package io.winnow.data;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Workers;
import java.util.function.IntUnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Samples of a data set in the one size that a network trains on. */
final class TrainingImages {
  private final Dataset dataset;
  private final boolean nativeSize;
  private final SquareResize squareResize; // null for the native size
  private final int height;
  private final int width;

  TrainingImages(Dataset dataset, int side, Resize resize) {
    this.dataset = dataset;
    this.nativeSize = side == 0;
    this.squareResize = nativeSize ? null : new SquareResize(side, resize);
    if (nativeSize) {
      Image first = decode(0);
      this.height = first.height();
      this.width = first.width();
    } else {
      this.height = side;
      this.width = side;
    }
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  /** Label of every sample, [N]. */
  static int[] labels(Dataset dataset) {
    int[] labels = new int[dataset.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = dataset.label(i);
    }
    return labels;
  }

  /**
   * Samples side by side, decoded by several threads.
   *
   * @param sample which sample is the b-th of the batch
   * @return [B, 3, H, W], uint8, CPU; belongs to the caller's scope
   * @throws IllegalArgumentException naming the sample, when one is bad or has another size
   */
  Tensor batch(int count, IntUnaryOperator sample, int threads) {
    Tensor batch =
        torch.empty(
            new long[] {count, 3, height, width}, new TensorOptions(torch.ScalarType.Byte), null);
    long bytes = 3L * height * width;
    try (Scope scope = Scope.open()) {
      BytePointer data = new BytePointer(batch.data_ptr());
      Workers.forEach(
          count,
          threads,
          b -> {
            try (BytePointer row = new BytePointer(data)) {
              row.position(b * bytes).put(planes(sample.applyAsInt(b)));
            }
          });
    }
    return batch;
  }

  /** One sample as [3, H, W] bytes. */
  private byte[] planes(int i) {
    Image image = decode(i);
    if (nativeSize) {
      if (image.width() != width || image.height() != height) {
        throw new IllegalArgumentException(
            "%s %s: %d x %d pixels, but %s has %d x %d; training needs one size. Set dataset.size."
                .formatted(
                    dataset.name(),
                    dataset.id(i),
                    image.width(),
                    image.height(),
                    dataset.id(0),
                    width,
                    height));
      }
      return Planes.of(image);
    }
    try {
      return Planes.of(squareResize.apply(image));
    } catch (BadImageException e) {
      throw bad(i, e);
    }
  }

  private Image decode(int i) {
    try {
      return dataset.image(i);
    } catch (BadImageException e) {
      throw bad(i, e);
    }
  }

  private IllegalArgumentException bad(int i, BadImageException e) {
    return new IllegalArgumentException(
        dataset.name() + " " + dataset.id(i) + ": " + e.getMessage() + ".", e);
  }
}
