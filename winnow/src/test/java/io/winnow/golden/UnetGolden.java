package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class UnetGolden {
  private UnetGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
