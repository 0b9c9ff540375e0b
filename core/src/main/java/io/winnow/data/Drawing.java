package io.winnow.data;

import io.winnow.tensor.RandomStreams;

/**
 * One shape on a plain background, as numbers: what is drawn, where, how large, in which colours.
 */
@SuppressWarnings("ArrayRecordComponent")
record Drawing(
    Shape shape,
    double centreX,
    double centreY,
    double radius,
    double[] ink,
    double[] paper,
    int noise) {
  /** Height and width in pixels. */
  static final int SIDE = 16;

  /** Samples per pixel and axis; 16 levels of coverage are enough for soft edges. */
  private static final int SUPERSAMPLES = 4;

  static Drawing typical(int label, RandomStreams random, int i) {
    Shape shape = Shape.BY_LABEL.get(label);
    Draws draws = new Draws(random, i);
    Hand hand = shape.hand();
    double middle = SIDE / 2.0;
    return new Drawing(
        shape,
        middle + draws.between(-hand.reach, hand.reach),
        middle + draws.between(-hand.reach, hand.reach),
        draws.between(hand.smallest, hand.largest),
        rgb(
            shape.hue() + draws.between(-hand.hueReach, hand.hueReach),
            draws.between(hand.palest, 0.95),
            draws.between(hand.palest, 0.95)),
        grey(draws.between(0.06, hand.lightest)),
        1);
  }

  /** The same outline, but everything else far from what the class usually looks like. */
  static Drawing outlier(int label, RandomStreams random, int i) {
    Shape shape = Shape.BY_LABEL.get(label);
    Draws draws = new Draws(random, i);
    return new Drawing(
        shape,
        draws.between(2, SIDE - 2),
        draws.between(2, SIDE - 2),
        draws.between(2, 9),
        rgb(shape.hue() + draws.between(0.3, 0.7), draws.between(0, 1), draws.between(0, 0.5)),
        rgb(draws.between(0, 1), draws.between(0.2, 0.9), draws.between(0.5, 1)),
        90);
  }

  Image image() {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double cover = coverage(x, y);
        for (int c = 0; c < 3; c++) {
          double level = paper[c] + (ink[c] - paper[c]) * cover;
          rgb[(y * SIDE + x) * 3 + c] = (byte) Math.round(255 * level);
        }
      }
    }
    return new Image(SIDE, SIDE, rgb);
  }

  /** As {@link #image()}, then every value moved by up to {@code noise} levels. */
  Image image(RandomStreams random, int i) {
    byte[] rgb = image().rgb();
    for (int k = 0; k < rgb.length; k++) {
      int shift = (int) (random.uniform("shapes.noise", i, k) * (2 * noise + 1)) - noise;
      rgb[k] = (byte) Math.min(255, Math.max(0, (rgb[k] & 0xFF) + shift));
    }
    return new Image(SIDE, SIDE, rgb);
  }

  private double coverage(int x, int y) {
    int inside = 0;
    for (int sy = 0; sy < SUPERSAMPLES; sy++) {
      double v = (y + (sy + 0.5) / SUPERSAMPLES - centreY) / radius;
      for (int sx = 0; sx < SUPERSAMPLES; sx++) {
        double u = (x + (sx + 0.5) / SUPERSAMPLES - centreX) / radius;
        inside += shape.contains(u, v) ? 1 : 0;
      }
    }
    return (double) inside / (SUPERSAMPLES * SUPERSAMPLES);
  }

  private static double[] grey(double level) {
    return new double[] {level, level, level};
  }

  /** Hue (taken modulo 1), saturation and value to red, green and blue, all in [0, 1]. */
  private static double[] rgb(double hue, double saturation, double value) {
    double[] rgb = new double[3];
    for (int c = 0; c < 3; c++) {
      double k = (5 - 2 * c + 6 * (hue - Math.floor(hue))) % 6;
      double t = Math.max(0, Math.min(1, Math.min(k, 4 - k)));
      rgb[c] = value * (1 - saturation * t);
    }
    return rgb;
  }

  /** The numbers drawn for one picture, one after the other. */
  private static final class Draws {
    private final RandomStreams random;
    private final int image;
    private int drawn;

    Draws(RandomStreams random, int image) {
      this.random = random;
      this.image = image;
    }

    double between(double low, double high) {
      return low + (high - low) * random.uniform("shapes.drawing", image, drawn++);
    }
  }
}
