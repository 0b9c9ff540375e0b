package io.winnow.compare;

import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A key in which two recipes differ.
 *
 * @param key dotted path
 * @param a value of A's; null where it has no such key
 * @param b value of B's
 */
public record Difference(String key, @OrNull String a, @OrNull String b) {
  private static final Set<String> OF_A_RUN = Set.of("name", "seed");
  private static final String MACHINE = "compute.";

  /** Between two recipes, apart from name and seed, in the order of the keys. */
  static List<Difference> of(Map<String, String> a, Map<String, String> b) {
    Set<String> keys = new LinkedHashSet<>(a.keySet());
    keys.addAll(b.keySet());
    List<Difference> found = new ArrayList<>();
    for (String key : keys) {
      if (!OF_A_RUN.contains(key) && !same(a.get(key), b.get(key))) {
        found.add(new Difference(key, a.get(key), b.get(key)));
      }
    }
    return found;
  }

  /** Between two runs of a cell, which may have run on different machines. */
  static List<Difference> ofCell(Map<String, String> a, Map<String, String> b) {
    return of(a, b).stream().filter(found -> !found.key.startsWith(MACHINE)).toList();
  }

  private static boolean same(@OrNull String a, @OrNull String b) {
    if (Objects.equals(a, b)) {
      return true;
    }
    try {
      return a != null && b != null && Double.parseDouble(a) == Double.parseDouble(b); // 1e-3
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** For a message: {@code prune.ratio (0.1 and 0.2)}. */
  String text() {
    return key + " (" + said(a) + " and " + said(b) + ")";
  }

  private static String said(@OrNull String value) {
    return value == null ? "absent" : value;
  }
}
