package io.winnow.train;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Prediction;
import io.winnow.nn.Layer;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A network whose gradients a person can write down: gain_c x_t + class_y + slope t / 1000. A
 * buffer counts its forward passes, another counts those in training mode.
 */
final class AffineDenoiser extends Layer implements TestNetwork {
  /** Start values; {@link HandMadeUpdate} begins with the same. */
  static final double[] GAIN = {0.5, -0.25, 0.75};

  static final double[] CLASSES = {0.125, -0.5, 0.25, 1};
  static final double SLOPE = -0.375;

  private final Tensor gain = parameter("gain", Tensors.of(floats(GAIN), 3));
  private final Tensor classes = parameter("classes", Tensors.of(floats(CLASSES), 4));
  private final Tensor slope = parameter("slope", Tensors.of(floats(new double[] {SLOPE}), 1));
  private final Tensor passes = buffer("passes", Tensors.of(new float[] {0}, 1));
  private final Tensor calls = buffer("calls", Tensors.of(new long[] {0}, 1));
  private final Scalar one = Scope.immortal(new Scalar(1L));
  private final Scalar perThousand = Tensors.constant(1e-3);

  /** Of every forward pass: whether the network was in training mode, and its inputs. */
  final List<Call> seen = new ArrayList<>();

  /**
   * A forward pass.
   *
   * @param mask a draw of the engine's own generator, where dropout takes its masks from
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Call(boolean training, boolean gradient, double[] xt, long[] t, long[] y, double mask) {}

  private static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    Tensor y = condition.labels(); // [B]
    Tensor h =
        xt.mul(gain.view(1, 3, 1, 1))
            .add(classes.index_select(0, y).view(-1, 1, 1, 1))
            .add(t.to(torch.ScalarType.Float).mul(perThousand).mul(slope).view(-1, 1, 1, 1));
    seen.add(
        new Call(
            training(),
            h.requires_grad(),
            Tensors.doubles(xt),
            Tensors.longs(t),
            Tensors.longs(y),
            Tensors.doubles(torch.rand(1))[0]));
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      calls.add_(one);
      if (training()) {
        passes.add_(one);
      }
    }
    return Prediction.of(h);
  }
}
