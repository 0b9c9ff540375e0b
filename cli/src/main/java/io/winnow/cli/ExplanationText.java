package io.winnow.cli;

import io.winnow.pipeline.Explanation;
import io.winnow.prune.Flip;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Locale;

/** An {@link Explanation} as a person reads it. */
final class ExplanationText {
  private ExplanationText() {}

  static void print(Explanation found, PrintWriter out) {
    out.printf(
        "%s (%s): %s, %s%n",
        found.id(), found.className(), found.kept() ? "kept" : "dropped", found.reason());
    if (found.score() != null) {
      line(out, "score", "%.6g", found.score());
      line(out, "rank in its class", "%,d of %,d", found.inClass().place(), found.inClass().of());
      line(out, "rank over all", "%,d of %,d", found.overAll().place(), found.overAll().of());
    }
    Explanation.Neighbour near = found.nearestKept();
    if (near != null) {
      line(out, "nearest kept", "%s, at distance %.4g", near.id(), near.distance());
    }
    for (Flip flip : found.flips()) {
      line(
          out,
          flip.becomesKept() ? "would be kept" : "would be dropped",
          "with %s %s, not with %s; it is %s",
          flip.key(),
          plain(flip.flips()),
          plain(flip.stays()),
          plain(flip.now()));
    }
    found.notes().forEach(note -> out.println("  " + note));
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf("  %-20s %s%n", name, String.format(Locale.ROOT, format, values));
  }

  /** 0.00001 and not 1.0E-5. */
  private static String plain(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }
}
