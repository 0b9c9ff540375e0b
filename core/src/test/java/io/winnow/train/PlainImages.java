package io.winnow.train;

import io.winnow.data.ImageSource;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Small pictures of random bytes, [3, 2, 4] each, that a test can look up; labels go round. */
final class PlainImages implements ImageSource {
  static final int CHANNELS = 3;
  static final int HEIGHT = 2;
  static final int WIDTH = 4;
  static final int PIXELS = CHANNELS * HEIGHT * WIDTH;

  private final byte[][] pixels; // [N][C * H * W]
  private final int classes;

  PlainImages(int count, int classes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    this.pixels = new byte[count][PIXELS];
    for (byte[] image : pixels) {
      random.nextBytes(image);
    }
    this.classes = classes;
  }

  byte[] image(int index) {
    return pixels[index].clone();
  }

  int label(int index) {
    return index % classes;
  }

  /** The same picture seen in a mirror: left and right change places. */
  byte[] mirrored(int index) {
    byte[] out = new byte[PIXELS];
    for (int p = 0; p < PIXELS; p++) {
      int row = p / WIDTH;
      out[p] = pixels[index][row * WIDTH + (WIDTH - 1 - p % WIDTH)];
    }
    return out;
  }

  @Override
  public int size() {
    return pixels.length;
  }

  @Override
  public int channels() {
    return CHANNELS;
  }

  @Override
  public int height() {
    return HEIGHT;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public int[] labels() {
    return java.util.stream.IntStream.range(0, size()).map(this::label).toArray();
  }

  @Override
  public Tensor batch(int[] indices) {
    byte[] all = new byte[indices.length * PIXELS];
    for (int b = 0; b < indices.length; b++) {
      System.arraycopy(pixels[indices[b]], 0, all, b * PIXELS, PIXELS);
    }
    Tensor batch =
        torch.empty(
            new long[] {indices.length, CHANNELS, HEIGHT, WIDTH},
            new TensorOptions(torch.ScalarType.Byte),
            null);
    new BytePointer(batch.data_ptr()).put(all);
    return batch;
  }
}
