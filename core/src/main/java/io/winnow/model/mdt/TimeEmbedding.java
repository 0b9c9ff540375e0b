package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** [cos t f, sin t f] with f_i = exp(-ln(10000) i / 128), i = 0 .. 127, through a perceptron. */
final class TimeEmbedding extends Layer {
  private static final int HALF = 128;

  private final Linear mlp0;
  private final Linear mlp2;

  TimeEmbedding(int width) {
    mlp0 = child("mlp.0", new Linear(2 * HALF, width));
    mlp2 = child("mlp.2", new Linear(width, width));
  }

  /** {@code [B] -> [B, D]}. */
  Tensor forward(Tensor t) {
    Tensor times = t.to(torch.ScalarType.Float);
    Tensor angles = times.unsqueeze(1).mul(frequencies(times)); // [B, 128]
    Tensor wave = torch.cat(new TensorVector(angles.cos(), angles.sin()), 1); // [B, 256]
    return mlp2.forward(torch.silu(mlp0.forward(wave))); // [B, D]
  }

  /** In float32 step by step, as the reference rounds; made on the device, so nothing waits. */
  private static Tensor frequencies(Tensor like) {
    TensorOptions there =
        new TensorOptions(torch.ScalarType.Float).device(new DeviceOptional(like.device()));
    Tensor i = torch.arange(new Scalar(HALF), there); // [128]
    return i.mul(new Scalar(-Math.log(10000.0))).div(new Scalar((double) HALF)).exp();
  }
}
