package io.winnow.data;

/**
 * How a class's typical pictures are drawn. Classes that are not equally hard to learn are what
 * weights per class are for.
 */
enum Hand {
  /** Nearly alike: in the middle, at one size, in one colour, on dark paper. */
  STEADY(0.5, 5.6, 6.2, 0.02, 0.8, 0.1),
  /** Here and there, small or large, pale or strong, on paper from dark to grey. */
  FREE(2.5, 3.5, 6.5, 0.06, 0.6, 0.6);

  /** Largest distance of the shape's centre from the picture's along an axis, in pixels. */
  final double reach;

  /** Smallest radius in pixels. */
  final double smallest;

  /** Largest radius in pixels. */
  final double largest;

  /** Largest distance from the shape's own hue. */
  final double hueReach;

  /** Least saturation and value of the ink. */
  final double palest;

  /** Grey level of the lightest paper. */
  final double lightest;

  Hand(
      double reach,
      double smallest,
      double largest,
      double hueReach,
      double palest,
      double lightest) {
    this.reach = reach;
    this.smallest = smallest;
    this.largest = largest;
    this.hueReach = hueReach;
    this.palest = palest;
    this.lightest = lightest;
  }
}
