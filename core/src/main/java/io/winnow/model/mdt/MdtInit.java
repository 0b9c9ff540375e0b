package io.winnow.model.mdt;

import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The reference's initial values, by name: Xavier-uniform matrices, biases 0, tables and the time's
 * perceptron N(0, 0.02), and 0 for whatever scales a branch or makes the output, so that an
 * untrained network answers 0.
 */
final class MdtInit {
  private static final double DEVIATION = 0.02;

  private final MdtConfig config;

  MdtInit(MdtConfig config) {
    this.config = config;
  }

  /** Writes one parameter; draws come from the engine's global generator. */
  void init(String name, Tensor parameter) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      if (name.endsWith("pos_embed")) {
        parameter.copy_(PositionTable.sinCos(config.hiddenSize(), config.grid()));
      } else if (isZero(name)) {
        parameter.zero_();
      } else if (isNormal(name)) {
        parameter.normal_(0, DEVIATION, new GeneratorOptional());
      } else {
        xavier(parameter);
      }
    }
  }

  private boolean isZero(String name) {
    return name.endsWith(".bias")
        || name.endsWith("adaLN_modulation.1.weight")
        || name.equals("final_layer.linear.weight")
        || (name.equals("mask_token") && config.maskRatio() == null);
  }

  /** The reference cuts the position tables at 100 deviations, which no draw reaches. */
  private static boolean isNormal(String name) {
    return name.equals("mask_token")
        || name.startsWith("t_embedder.")
        || name.equals("y_embedder.embedding_table.weight")
        || name.endsWith("relative_position_bias_table");
  }

  /** Uniform over +-sqrt(6 / (in + out)), a convolution as the matrix [out, C P P]. */
  private static void xavier(Tensor matrix) {
    long out = matrix.size(0);
    long in = matrix.numel() / out;
    double bound = Math.sqrt(6.0 / (in + out));
    matrix.uniform_(-bound, bound, new GeneratorOptional());
  }
}
