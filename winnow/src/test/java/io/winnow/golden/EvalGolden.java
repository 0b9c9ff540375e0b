package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class EvalGolden {
  private EvalGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
