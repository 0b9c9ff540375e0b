package io.winnow.data;

/** Pillow's resampling filters. Shrinking stretches them, so all but {@link #NEAREST} antialias. */
public enum Filter {
  NEAREST(0) {
    @Override
    double at(double x) {
      throw new UnsupportedOperationException("nearest takes one pixel and weighs none");
    }
  },
  BOX(0.5) {
    @Override
    double at(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  BILINEAR(1) {
    @Override
    double at(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  HAMMING(1) {
    @Override
    double at(double x) {
      double r = Math.abs(x);
      return r >= 1 ? 0 : sinc(r) * (0.54 + 0.46 * StrictMath.cos(Math.PI * r));
    }
  },
  /** The cubic kernel with a = -0.5. */
  BICUBIC(2) {
    @Override
    double at(double x) {
      double a = -0.5;
      double r = Math.abs(x);
      if (r < 1) {
        return ((a + 2) * r - (a + 3)) * r * r + 1;
      }
      return r < 2 ? (((r - 5) * r + 8) * r - 4) * a : 0;
    }
  },
  LANCZOS(3) {
    @Override
    double at(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  private final double support;

  Filter(double support) {
    this.support = support;
  }

  /** Half the width, in pixels of the smaller picture; 0 for {@link #NEAREST}. */
  double support() {
    return support;
  }

  /** Weight at a distance from the centre, before normalisation. */
  abstract double at(double x);

  private static double sinc(double x) {
    return x == 0 ? 1 : StrictMath.sin(Math.PI * x) / (Math.PI * x);
  }
}
