package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class ResnetGolden {
  private ResnetGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
