package io.winnow.encode;

import io.winnow.data.Filter;
import io.winnow.data.Image;
import io.winnow.data.PillowResize;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Preprocessing of the networks for small images: pixels of the network's size are normalised as
 * they are; others are cut to their centre square and brought to that size by Pillow's bicubic
 * filter.
 */
final class SmallInput {
  private final int side;
  private final Normalization normalization;
  private final PillowResize resize = new PillowResize(Filter.BICUBIC);
  private final float[][] tables = new float[3][];

  SmallInput(int side, Normalization normalization) {
    this.side = side;
    this.normalization = normalization;
    for (int c = 0; c < tables.length; c++) {
      tables[c] = normalization.table(c);
    }
  }

  /** Part of an encoder's identity. */
  String identity() {
    return "native_%d, other sizes: centre square, Pillow BICUBIC uint8; mean %s std %s"
        .formatted(side, normalization.mean(), normalization.std());
  }

  /** [3, S, S], float32, CPU; belongs to the caller's scope. */
  Tensor apply(Image image) {
    byte[] rgb = resize.uint8(square(image), side, side).rgb();
    int plane = side * side;
    float[] values = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        values[c * plane + i] = tables[c][rgb[3 * i + c] & 0xFF];
      }
    }
    return Tensors.of(values, 3, side, side);
  }

  private static Image square(Image image) {
    int square = Math.min(image.width(), image.height());
    if (image.width() == image.height()) {
      return image;
    }
    int left = (image.width() - square) / 2;
    int top = (image.height() - square) / 2;
    byte[] rgb = new byte[3 * square * square];
    for (int y = 0; y < square; y++) {
      int from = 3 * ((top + y) * image.width() + left);
      System.arraycopy(image.rgb(), from, rgb, 3 * y * square, 3 * square);
    }
    return new Image(square, square, rgb);
  }
}
