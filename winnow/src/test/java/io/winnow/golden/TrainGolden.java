package io.winnow.golden;

import java.util.Map;

/** Handlers by component. */
final class TrainGolden {
  private TrainGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of();
  }
}
