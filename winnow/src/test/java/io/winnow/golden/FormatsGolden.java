package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class FormatsGolden {
  private FormatsGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
