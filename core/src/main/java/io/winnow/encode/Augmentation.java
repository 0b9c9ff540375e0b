package io.winnow.encode;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Random crop out of a black frame, random mirroring and normalisation of training images. Where an
 * image is cut and whether it is mirrored depends on (seed, epoch, image) alone.
 */
final class Augmentation {
  private final int padding;
  private final boolean flip;
  private final float[][] tables = new float[3][];
  private final RandomStreams streams;

  Augmentation(int padding, boolean flip, Normalization normalization, RandomStreams streams) {
    this.padding = padding;
    this.flip = flip;
    this.streams = streams;
    for (int c = 0; c < tables.length; c++) {
      tables[c] = normalization.table(c);
    }
  }

  /**
   * Augments a batch.
   *
   * @param pixels [B, 3, S, S], uint8, on the CPU
   * @param indices positions of the images in their data set, [B]
   * @return [B, 3, S, S], float32, on the CPU
   */
  Tensor apply(Tensor pixels, int[] indices, int epoch) {
    int side = Math.toIntExact(pixels.size(3));
    byte[] from = Tensors.bytes(pixels);
    float[] to = new float[from.length];
    int image = 3 * side * side;
    for (int b = 0; b < indices.length; b++) {
      int range = 2 * padding + 1;
      int top = draw(range, "classifier.crop-top", epoch, indices[b]) - padding;
      int left = draw(range, "classifier.crop-left", epoch, indices[b]) - padding;
      boolean mirrored = flip && draw(2, "classifier.flip", epoch, indices[b]) == 1;
      for (int c = 0; c < 3; c++) {
        plane(from, to, b * image + c * side * side, side, top, left, mirrored, tables[c]);
      }
    }
    return Tensors.of(to, indices.length, 3, side, side);
  }

  private int draw(int range, String purpose, int epoch, int index) {
    return range == 1 ? 0 : (int) (streams.uniform(purpose, epoch, index) * range);
  }

  private static void plane(
      byte[] from,
      float[] to,
      int offset,
      int side,
      int top,
      int left,
      boolean mirrored,
      float[] table) {
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int sourceY = y + top;
        int sourceX = (mirrored ? side - 1 - x : x) + left;
        boolean inside = sourceY >= 0 && sourceY < side && sourceX >= 0 && sourceX < side;
        int level = inside ? from[offset + sourceY * side + sourceX] & 0xFF : 0;
        to[offset + y * side + x] = table[level];
      }
    }
  }
}
