package io.winnow.prune;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * What was found out about rows, whatever share of them is kept: a selection that differs in
 * numbers alone takes it from here. Only the latest findings are held.
 */
final class Findings {
  private final int most;
  private final Map<Asked, Object> latest = new LinkedHashMap<>(16, 0.75f, true); // by last use

  /** A question about some rows; equal by what is in it. */
  private record Asked(Object what, IntBuffer rows) {}

  /**
   * None yet.
   *
   * @param most findings to hold; 0 to compute each of them anew
   */
  Findings(int most) {
    this.most = most;
  }

  /** About rows by their numbers in the whole set. */
  About about(int[] rows) {
    return new About(IntBuffer.wrap(rows));
  }

  /** What was found out about some rows. */
  final class About {
    private final IntBuffer rows;

    private About(IntBuffer rows) {
      this.rows = rows;
    }

    /**
     * A finding.
     *
     * @param what names it, with all that it depends on beside the rows
     */
    <T> T of(Object what, Class<T> type, Supplier<T> find) {
      Object known = latest.get(new Asked(what, rows));
      return known != null ? type.cast(known) : hold(what, find.get());
    }

    /** The first rows of an order of which every beginning is the same, however far it goes. */
    int[] first(Object what, int count, IntFunction<int[]> order) {
      int[] known = (int[]) latest.get(new Asked(what, rows));
      int[] found = known != null && known.length >= count ? known : hold(what, order.apply(count));
      return Arrays.copyOf(found, Math.min(count, found.length));
    }

    private <T> T hold(Object what, T found) {
      latest.put(new Asked(what, rows), found);
      if (latest.size() > most) {
        latest.remove(latest.keySet().iterator().next());
      }
      return found;
    }
  }
}
