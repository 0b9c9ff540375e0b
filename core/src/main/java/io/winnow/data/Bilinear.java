package io.winnow.data;

/**
 * Bilinear interpolation between two pixels per axis, without antialiasing. The three conventions
 * differ in where target pixel i looks in an axis of n pixels that becomes one of m. Coordinates
 * are in float32, as in the peers.
 */
enum Bilinear {
  /** {@code (i + 0.5) n/m - 0.5}, not below 0: PyTorch's default. */
  HALF_PIXEL {
    @Override
    float source(int i, int n, int m) {
      return Math.max(
          0, Math.fma((float) n / m, i + 0.5f, -0.5f)); // one rounding, as compiled there
    }
  },
  /** {@code i (n-1)/(m-1)}: PyTorch's {@code align_corners}. */
  ALIGN_CORNERS {
    @Override
    float source(int i, int n, int m) {
      return m == 1 ? 0 : ((float) (n - 1) / (m - 1)) * i;
    }
  },
  /** {@code i n/m}: TensorFlow 1, whose Inception graph defined the FID. */
  TENSORFLOW_1 {
    @Override
    float source(int i, int n, int m) {
      return ((float) n / m) * i;
    }
  };

  abstract float source(int i, int n, int m);

  /**
   * Resizes one plane.
   *
   * @param plane [fromHeight, fromWidth]
   * @return [height, width]
   */
  float[] plane(float[] plane, int fromWidth, int fromHeight, int width, int height) {
    int[] left = new int[width];
    float[] share = new float[width];
    for (int x = 0; x < width; x++) {
      float source = source(x, fromWidth, width);
      left[x] = Math.min((int) source, fromWidth - 1);
      share[x] = source - left[x];
    }
    float[] blended = new float[fromWidth + 1];
    float[] resized = new float[height * width];
    for (int y = 0; y < height; y++) {
      float source = source(y, fromHeight, height);
      int top = Math.min((int) source, fromHeight - 1);
      int bottom = Math.min(top + 1, fromHeight - 1);
      blend(plane, top * fromWidth, bottom * fromWidth, source - top, blended, fromWidth);
      blended[fromWidth] = blended[fromWidth - 1];
      for (int x = 0, to = y * width; x < width; x++, to++) {
        float a = blended[left[x]];
        float b = blended[left[x] + 1];
        resized[to] = a + (b - a) * share[x];
      }
    }
    return resized;
  }

  private static void blend(
      float[] plane, int top, int bottom, float share, float[] blended, int width) {
    for (int x = 0; x < width; x++) {
      blended[x] = plane[top + x] * (1 - share) + plane[bottom + x] * share;
    }
  }
}
