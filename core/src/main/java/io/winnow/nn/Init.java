package io.winnow.nn;

import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * PyTorch's default initialisation. Draws come from the engine's global generator, in the order in
 * which PyTorch draws them, so that the same seed gives the same weights; the bounds repeat its
 * roundings for the same reason.
 */
final class Init {
  private Init() {}

  /**
   * Kaiming-uniform with a = sqrt(5) for the weight, which is U(-1/sqrt(fanIn), 1/sqrt(fanIn)), and
   * the same range for the bias.
   */
  static void uniformByFanIn(Tensor weight, Tensor bias, long fanIn) {
    double negativeSlope = Math.sqrt(5.0);
    double gain = Math.sqrt(2.0 / (1 + negativeSlope * negativeSlope));
    uniform(weight, Math.sqrt(3.0) * (gain / Math.sqrt((double) fanIn)));
    if (bias != null) {
      uniform(bias, 1 / Math.sqrt((double) fanIn));
    }
  }

  static void uniform(Tensor tensor, double bound) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      tensor.uniform_(-bound, bound, new GeneratorOptional());
    }
  }

  static void normal(Tensor tensor, double deviation) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      tensor.normal_(0, deviation, new GeneratorOptional());
    }
  }
}
