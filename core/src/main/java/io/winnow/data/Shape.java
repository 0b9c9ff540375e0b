package io.winnow.data;

import java.util.List;
import java.util.Locale;

/**
 * The ten outlines of {@link ShapesDataset}, in the order of their labels (alphabetical). Points
 * are in units of the shape's radius, y downwards.
 */
enum Shape {
  CIRCLE(0, Hand.STEADY) {
    @Override
    boolean contains(double x, double y) {
      return x * x + y * y < 0.95;
    }
  },
  CRESCENT(1, Hand.FREE) {
    @Override
    boolean contains(double x, double y) {
      double u = x - 0.5;
      return x * x + y * y < 1 && u * u + y * y > 0.68;
    }
  },
  CROSS(0, Hand.FREE) {
    @Override
    boolean contains(double x, double y) {
      double u = Math.abs(x + y);
      double v = Math.abs(x - y);
      return Math.min(u, v) < 0.42 && Math.max(u, v) < 1.75;
    }
  },
  DIAMOND(2, Hand.STEADY) {
    @Override
    boolean contains(double x, double y) {
      return Math.abs(x) + Math.abs(y) < 1.08;
    }
  },
  FRAME(3, Hand.STEADY) {
    @Override
    boolean contains(double x, double y) {
      double r = Math.max(Math.abs(x), Math.abs(y));
      return r < 0.95 && r > 0.52;
    }
  },
  PLUS(4, Hand.FREE) {
    @Override
    boolean contains(double x, double y) {
      double u = Math.abs(x);
      double v = Math.abs(y);
      return Math.min(u, v) < 0.32 && Math.max(u, v) < 1;
    }
  },
  RING(2, Hand.FREE) {
    @Override
    boolean contains(double x, double y) {
      double r = x * x + y * y;
      return r < 1 && r > 0.3;
    }
  },
  SQUARE(1, Hand.STEADY) {
    @Override
    boolean contains(double x, double y) {
      return Math.max(Math.abs(x), Math.abs(y)) < 0.85;
    }
  },
  STAR(3, Hand.FREE) {
    @Override
    boolean contains(double x, double y) {
      return insideStar(x, y);
    }
  },
  TRIANGLE(4, Hand.STEADY) {
    @Override
    boolean contains(double x, double y) {
      return y < 0.8 && y > 1.9 * Math.abs(x) - 1;
    }
  };

  /** The shape of every label. */
  static final List<Shape> BY_LABEL =
      List.of(CIRCLE, CRESCENT, CROSS, DIAMOND, FRAME, PLUS, RING, SQUARE, STAR, TRIANGLE);

  private static final int HUES = 5;

  private final int hueIndex;
  private final Hand hand;

  Shape(int hueIndex, Hand hand) {
    this.hueIndex = hueIndex;
    this.hand = hand;
  }

  abstract boolean contains(double x, double y);

  /** Typical hue in [0, 1). Two shapes share each, so that colour alone names no class. */
  double hue() {
    return (double) hueIndex / HUES;
  }

  /** How its pictures are drawn; of two shapes that share a hue one is drawn freely. */
  Hand hand() {
    return hand;
  }

  static List<String> names() {
    return BY_LABEL.stream().map(s -> s.name().toLowerCase(Locale.ROOT)).toList();
  }

  /** Five points, the first upwards: the radius along each ray runs straight from tip to notch. */
  private static boolean insideStar(double x, double y) {
    double fifth = 2 * Math.PI / 5;
    double angle = StrictMath.atan2(x, -y) / fifth;
    double turn = Math.abs(angle - StrictMath.rint(angle)) * fifth;
    double radius = Math.sqrt(x * x + y * y);
    double tip = 1.12;
    double notch = 0.5;
    double along = radius * StrictMath.cos(turn);
    double across = radius * StrictMath.sin(turn);
    double notchAlong = notch * StrictMath.cos(fifth / 2);
    double notchAcross = notch * StrictMath.sin(fifth / 2);
    return along * notchAcross + across * (tip - notchAlong) < tip * notchAcross;
  }
}
