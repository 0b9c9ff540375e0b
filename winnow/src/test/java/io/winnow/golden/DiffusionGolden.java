package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class DiffusionGolden {
  private DiffusionGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
