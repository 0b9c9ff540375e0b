package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class ClipGolden {
  private ClipGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
