package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class ReweightGolden {
  private ReweightGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
