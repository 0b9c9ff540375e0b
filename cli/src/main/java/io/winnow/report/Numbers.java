package io.winnow.report;

import java.util.Locale;

/** Numbers as people read them; a point, and commas between thousands, whatever the locale. */
final class Numbers {
  private Numbers() {}

  static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /** Three significant digits or the whole number. */
  static String value(double x) {
    if (!Double.isFinite(x)) {
      return "–";
    }
    double size = Math.abs(x);
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", x);
    }
    if (size >= 100) {
      return String.format(Locale.ROOT, "%.1f", x);
    }
    if (size >= 1) {
      return String.format(Locale.ROOT, "%.2f", x);
    }
    return size == 0 || size >= 0.001
        ? String.format(Locale.ROOT, "%.3f", x)
        : String.format(Locale.ROOT, "%.2e", x);
  }

  static String percent(double share) {
    double p = 100 * share;
    return (p == Math.rint(p)
            ? String.format(Locale.ROOT, "%.0f", p)
            : String.format(Locale.ROOT, "%.1f", p))
        + " %";
  }

  static String times(double factor) {
    if (!Double.isFinite(factor)) {
      return "–"; // nothing was counted on one side
    }
    return (factor >= 100
            ? String.format(Locale.ROOT, "%,.0f", factor)
            : String.format(Locale.ROOT, factor >= 10 ? "%.1f" : "%.2f", factor))
        + "×";
  }

  static String duration(double seconds) {
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    if (s < 3600) {
      return s / 60 + " min " + s % 60 + " s";
    }
    return s / 3600 + " h " + s % 3600 / 60 + " min";
  }
}
