package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * Images on their way through the forward process, as a network is asked about them in training.
 *
 * @param x0 clean images, [B, C, H, W], float32, in [-1, 1]
 * @param xt noisy ones, [B, C, H, W]
 * @param t steps, [B], int64
 * @param condition after label dropout (the dropped ones are the null class)
 * @param eps the noise in {@code xt}, [B, C, H, W]
 */
public record Noised(Tensor x0, Tensor xt, Tensor t, Condition condition, Tensor eps) {
  /** Samples {@code from} to {@code from + size}; shares the memory. */
  public Noised narrow(long from, long size) {
    return new Noised(
        x0.narrow(0, from, size),
        xt.narrow(0, from, size),
        t.narrow(0, from, size),
        condition.narrow(from, size),
        eps.narrow(0, from, size));
  }

  /** What a network says about them. */
  public Prediction ask(Denoiser network) {
    return network.predict(xt, t, condition);
  }
}
