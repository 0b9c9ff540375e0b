package io.winnow.data;

import io.winnow.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Training images decoded once into one uint8 tensor, for data sets that fit into memory. */
public final class DecodedImages implements ImageSource, AutoCloseable {
  private final Tensor pixels; // [N, 3, H, W] uint8
  private final int[] labels;
  private final int height;
  private final int width;

  private DecodedImages(Tensor pixels, int[] labels) {
    this.pixels = pixels;
    this.labels = labels;
    this.height = Math.toIntExact(pixels.size(2));
    this.width = Math.toIntExact(pixels.size(3));
  }

  /**
   * Decodes a data set.
   *
   * @param side of the training images; 0 for the native size, which must be the same everywhere
   * @param resize how images come to that side
   * @throws IllegalArgumentException naming the sample, when one is bad, cannot be resized or has
   *     another size than the first
   */
  public static DecodedImages load(Dataset dataset, int side, Resize resize, int threads) {
    try (Scope scope = Scope.open()) {
      Tensor pixels =
          new TrainingImages(dataset, side, resize).batch(dataset.size(), i -> i, threads);
      return new DecodedImages(Scope.immortal(pixels), TrainingImages.labels(dataset));
    }
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
    return height;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public Tensor batch(int[] indices) {
    // Plain copies: index_select would start a team of threads beside the trainer's.
    Tensor batch =
        torch.empty(
            new long[] {indices.length, 3, height, width},
            new TensorOptions(torch.ScalarType.Byte),
            null);
    long bytes = 3L * height * width;
    try (Scope scope = Scope.open()) {
      BytePointer from = new BytePointer(pixels.data_ptr());
      BytePointer to = new BytePointer(batch.data_ptr());
      for (int b = 0; b < indices.length; b++) {
        if (indices[b] < 0 || indices[b] >= labels.length) {
          throw new IndexOutOfBoundsException(
              "image " + indices[b] + " of " + labels.length + " in " + Arrays.toString(indices));
        }
        Pointer.memcpy(to.position(b * bytes), from.position(indices[b] * bytes), bytes);
      }
    }
    return batch;
  }

  /** Frees the pixels. */
  @Override
  public void close() {
    pixels.close();
  }
}
