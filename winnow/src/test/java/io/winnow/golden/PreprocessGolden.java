package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class PreprocessGolden {
  private PreprocessGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
