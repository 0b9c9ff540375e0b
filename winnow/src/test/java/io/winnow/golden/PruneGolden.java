package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class PruneGolden {
  private PruneGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
