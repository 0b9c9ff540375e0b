package io.winnow.encode;

import io.winnow.data.ImageSource;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Small noisy images of a few classes that remember which of them were asked for. */
final class SpiedImages implements ImageSource {
  private final byte[][] planes; // [N][3 S S]
  private final int[] labels;
  private final int side;
  final List<int[]> asked = new ArrayList<>();

  /** Images whose colour hints at their class, label i % classes for image i. */
  SpiedImages(int count, int side, int classes, long seed) {
    Random random = new Random(seed);
    this.side = side;
    this.planes = new byte[count][3 * side * side];
    this.labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % classes;
      for (int p = 0; p < planes[i].length; p++) {
        int colour = p / (side * side) == labels[i] % 3 ? 120 : 60 + 20 * labels[i];
        planes[i][p] = (byte) (colour + random.nextInt(100));
      }
    }
  }

  /** Value of a pixel, 0 to 255. */
  int level(int image, int channel, int y, int x) {
    return planes[image][(channel * side + y) * side + x] & 0xFF;
  }

  byte[] planes(int image) {
    return planes[image];
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
    return side;
  }

  @Override
  public int width() {
    return side;
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public Tensor batch(int[] indices) {
    asked.add(indices.clone());
    long[] values = new long[indices.length * planes[0].length];
    for (int i = 0; i < values.length; i++) {
      values[i] = planes[indices[i / planes[0].length]][i % planes[0].length] & 0xFF;
    }
    return Tensors.of(values, indices.length, 3, side, side).to(torch.ScalarType.Byte);
  }

  /** What was asked for from the first-th batch on, in one row. */
  int[] askedFrom(int first) {
    return asked.stream().skip(first).flatMapToInt(Arrays::stream).toArray();
  }
}
