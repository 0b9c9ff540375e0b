package io.winnow.encode;

import io.winnow.data.Image;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Preprocessing of the networks for small images: the pixels themselves, normalised. */
final class SmallInput {
  private final int side;
  private final Normalization normalization;
  private final float[][] tables = new float[3][];

  SmallInput(int side, Normalization normalization) {
    this.side = side;
    this.normalization = normalization;
    for (int c = 0; c < tables.length; c++) {
      tables[c] = normalization.table(c);
    }
  }

  /** Part of an encoder's identity. */
  String name() {
    return "side %d, %s mean %s std %s"
        .formatted(side, normalization.name(), normalization.mean(), normalization.std());
  }

  /** [3, S, S], float32. */
  Tensor apply(Image image) {
    if (image.width() != side || image.height() != side) {
      throw new IllegalArgumentException(
          "image of %d x %d pixels; expected %d x %d, the size the network was made for."
              .formatted(image.width(), image.height(), side, side));
    }
    byte[] rgb = image.rgb();
    int plane = side * side;
    float[] values = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        values[c * plane + i] = tables[c][rgb[3 * i + c] & 0xFF];
      }
    }
    return Tensors.of(values, 3, side, side);
  }
}
