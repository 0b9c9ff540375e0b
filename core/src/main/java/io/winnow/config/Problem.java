package io.winnow.config;

import java.util.Comparator;
import java.util.List;

/**
 * One thing that is wrong, at a place.
 *
 * @param path dotted keys, empty for the file as a whole
 */
record Problem(YamlNode.Place place, String path, String message) {
  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparing((Problem p) -> p.place().source())
          .thenComparingInt(p -> p.place().line());

  /** The line of a message: {@code recipe.yaml:12 prune.ratio: ...}. */
  String text() {
    String where = place.line() > 0 ? place.source() + ":" + place.line() : place.source();
    return where + (path.isEmpty() ? "" : " " + path) + ": " + message;
  }

  /** All problems in the order of the file, those of overrides first. */
  static ConfigException exception(List<Problem> problems) {
    return new ConfigException(
        problems.stream().sorted(BY_PLACE).map(Problem::text).distinct().toList());
  }
}
