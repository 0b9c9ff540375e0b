package io.winnow.encode;

import io.winnow.data.ImageSource;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Mean and standard deviation per channel of a set of images, from exact counts of levels. */
final class ImageStatistics {
  private static final int BLOCK = 512;

  private ImageStatistics() {}

  /** The statistics of the images at {@code indices}, rounded to four decimals. */
  static Normalization of(ImageSource images, int[] indices) {
    long[][] counts = new long[3][256];
    int plane = images.height() * images.width();
    for (int from = 0; from < indices.length; from += BLOCK) {
      int[] block = Arrays.copyOfRange(indices, from, Math.min(indices.length, from + BLOCK));
      try (Scope scope = Scope.open()) {
        byte[] pixels = Tensors.bytes(images.batch(block)); // [B, 3, H, W]
        for (int i = 0; i < pixels.length; i++) {
          counts[i / plane % 3][pixels[i] & 0xFF]++;
        }
      }
    }
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (long[] channel : counts) {
      double mean = moment(channel, 0, 1);
      means.add(rounded(mean));
      // A channel without contrast keeps its scale.
      double deviation = rounded(Math.sqrt(moment(channel, mean, 2)));
      deviations.add(deviation > 0 ? deviation : 1);
    }
    return new Normalization("data set", means, deviations);
  }

  private static double moment(long[] counts, double about, int power) {
    double sum = 0;
    long n = 0;
    for (int level = 0; level < counts.length; level++) {
      sum += counts[level] * Math.pow(level / 255.0 - about, power);
      n += counts[level];
    }
    return sum / n;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
