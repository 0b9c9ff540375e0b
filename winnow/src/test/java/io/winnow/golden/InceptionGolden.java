package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class InceptionGolden {
  private InceptionGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
