package io.winnow.model.unet;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.tensor.Constant;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A sinusoid of the time and a two-layer perceptron: f_j = exp(-ln(10000) j / (half - shift)), j =
 * 0 .. half-1, then [sin t f, cos t f] (or the cosines first). Source: diffusers, {@code
 * models/embeddings.py}.
 */
final class TimeEmbedding extends Layer {
  private final Constant frequencies; // [half], float32
  private final boolean cosinesFirst;
  private final boolean odd;
  private final Linear linear1;
  private final Linear linear2;

  /**
   * What the sinusoid is made of.
   *
   * @param channels its width
   * @param freqShift taken off the divisor of its exponents
   */
  record Wave(int channels, int freqShift, boolean cosinesFirst) {}

  /**
   * @param width D
   */
  TimeEmbedding(Wave wave, int width) {
    int channels = wave.channels();
    frequencies = held(frequencies(channels / 2, wave.freqShift()));
    cosinesFirst = wave.cosinesFirst();
    odd = channels % 2 == 1;
    linear1 = child("linear_1", new Linear(channels, width));
    linear2 = child("linear_2", new Linear(width, width));
  }

  /**
   * Embeds times.
   *
   * @param t [B], float32
   * @return {@code [B, D]}
   */
  Tensor forward(Tensor t) {
    Tensor angles = t.unsqueeze(1).mul(frequencies.beside(t)); // [B, half]
    Tensor sin = angles.sin();
    Tensor cos = angles.cos();
    Tensor wave =
        torch.cat(
            cosinesFirst ? new TensorVector(cos, sin) : new TensorVector(sin, cos), 1); // [B, C]
    if (odd) {
      wave = torch.constant_pad_nd(wave, 0, 1);
    }
    return linear2.forward(torch.silu(linear1.forward(wave))); // [B, D]
  }

  void initAsTorch() {
    linear1.initAsTorch();
    linear2.initAsTorch();
  }

  /** In float32 step by step, as the peer rounds. */
  private static Constant frequencies(int half, int shift) {
    try (Scope scope = Scope.open()) {
      Tensor j =
          torch.arange(new Scalar(half), new TensorOptions(torch.ScalarType.Float)); // [half]
      Tensor exponent =
          j.mul(new Scalar(-Math.log(10000.0))).div(new Scalar((double) (half - shift)));
      return Constant.of(exponent.exp());
    }
  }
}
