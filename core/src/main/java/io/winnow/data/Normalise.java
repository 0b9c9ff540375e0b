package io.winnow.data;

import java.util.Arrays;

/**
 * Levels 0 to 255 to network input, {@code (p / scale - mean[c]) / std[c]}, in float32 and in that
 * order, as the peers compute it.
 */
@SuppressWarnings("ArrayRecordComponent")
record Normalise(float scale, float[] mean, float[] std) {
  static final Normalise IMAGENET =
      of(255, new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225});

  static final Normalise CLIP =
      of(
          255,
          new double[] {0.48145466, 0.4578275, 0.40821073},
          new double[] {0.26862954, 0.26130258, 0.27577711});

  /** {@code 2 p/255 - 1}. */
  static final Normalise SIGNED = same(255, 0.5, 0.5);

  /** {@code p/127.5 - 1} (guided-diffusion). */
  static final Normalise ADM = same(127.5, 1, 1);

  /** {@code (p - 128) / 128} (TensorFlow's Inception graph). */
  static final Normalise TENSORFLOW = same(1, 128, 128);

  private static Normalise same(double scale, double mean, double std) {
    return of(scale, new double[] {mean, mean, mean}, new double[] {std, std, std});
  }

  static Normalise of(double scale, double[] mean, double[] std) {
    return new Normalise((float) scale, floats(mean), floats(std));
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** One value. */
  float of(float level, int channel) {
    return (level / scale - mean[channel]) / std[channel];
  }

  /** The value of every byte, [3, 256]. */
  float[] table() {
    float[] table = new float[3 * 256];
    for (int i = 0; i < table.length; i++) {
      table[i] = of(i % 256, i / 256);
    }
    return table;
  }

  /** In words, for an encoder's identity. */
  String describe() {
    return "(p/%s - %s) / %s".formatted(scale, Arrays.toString(mean), Arrays.toString(std));
  }
}
