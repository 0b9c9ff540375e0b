package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvolutionsTest {
  /** Shapes that oneDNN gets wrong on some processors, and others: sums over a window, by hand. */
  @ParameterizedTest
  @CsvSource({
    "8, 256, 512, 1, 1, 0, 4, true",
    "2, 24, 24, 3, 1, 1, 8, false",
    "3, 3, 4, 3, 2, 1, 7, false",
    "2, 32, 16, 3, 1, 1, 5, true",
    "2, 4, 6, 2, 2, 0, 6, true"
  })
  void convolve_andItsGradients_areTheDefinition(
      int batch, int in, int out, int kernel, int stride, int pad, int side, boolean last) {
    try (Scope scope = Scope.open()) {
      Tensor x = waves(batch, in, side, side);
      Tensor weight = waves(out, in, kernel, kernel);
      Tensor bias = waves(out, 1, 1, 1).view(out);
      if (last) {
        x = x.contiguous(torch.MemoryFormat.ChannelsLast);
        weight = weight.contiguous(torch.MemoryFormat.ChannelsLast);
      }
      x.set_requires_grad(true);
      weight.set_requires_grad(true);
      long[] strides = {stride, stride};
      long[] padding = {pad, pad};
      TensorOptional shift = new TensorOptional(bias);
      Tensor found = Convolutions.convolve(x, weight, shift, strides, padding);
      Tensor products = Convolutions.product(x, weight, shift, strides, padding);
      assertThat(products.is_contiguous(torch.MemoryFormat.ChannelsLast)).isEqualTo(last);
      int y = side / stride / 2;
      int channel = out - 1;
      double expected = bias.select(0, channel).item_double();
      for (int c = 0; c < in; c++) {
        for (int i = 0; i < kernel; i++) {
          for (int j = 0; j < kernel; j++) {
            expected +=
                at(x, batch - 1, c, y * stride + i - pad, y * stride + j - pad)
                    * at(weight, channel, c, i, j);
          }
        }
      }
      double scale = Math.sqrt(in) * kernel;
      assertThat(at(found, batch - 1, channel, y, y)).isCloseTo(expected, within(1e-5 * scale));
      assertThat(at(products, batch - 1, channel, y, y)).isCloseTo(expected, within(1e-5 * scale));

      found.sum().backward(); // every weight's gradient is the sum of what its window saw
      double seen = 0;
      for (int b = 0; b < batch; b++) {
        for (int v = 0; v < found.size(2); v++) {
          for (int u = 0; u < found.size(3); u++) {
            seen += at(x, b, in - 1, v * stride - pad, u * stride - pad);
          }
        }
      }
      assertThat(at(weight.grad(), channel, in - 1, 0, 0)).isCloseTo(seen, within(1e-3));
    }
  }

  /** On every processor the way around gives what products of patches give, both layouts. */
  @ParameterizedTest
  @CsvSource({
    "8, 256, 512, 1, 1, 0, 4", "3, 20, 7, 1, 2, 0, 8", "2, 5, 6, 1, 2, 1, 5",
        "2, 24, 24, 3, 1, 1, 8",
    "4, 3, 32, 3, 1, 1, 16", "4, 32, 3, 3, 1, 1, 16", "3, 3, 4, 3, 2, 1, 7", "2, 1, 6, 5, 1, 2, 9",
    "2, 4, 6, 2, 2, 0, 6", "8, 48, 16, 3, 2, 1, 16"
  })
  void around_andItsGradients_areThoseOfProducts(
      int batch, int in, int out, int kernel, int stride, int pad, int side) {
    for (boolean last : new boolean[] {false, true}) {
      try (Scope scope = Scope.open()) {
        long[] image = {batch, in, side, side};
        long[] filter = {out, in, kernel, kernel};
        long[] strides = {stride, stride};
        long[] padding = {pad, pad};
        Tensor[] a = {leaf(last, image), leaf(last, filter), leaf(false, out)};
        Tensor[] b = {leaf(last, image), leaf(last, filter), leaf(false, out)};
        Tensor found = Convolutions.around(a[0], a[1], new TensorOptional(a[2]), strides, padding);
        Tensor expected =
            Convolutions.product(b[0], b[1], new TensorOptional(b[2]), strides, padding);
        assertThat(found.is_contiguous(torch.MemoryFormat.ChannelsLast))
            .isEqualTo(expected.is_contiguous(torch.MemoryFormat.ChannelsLast));
        found.mul(found).sum().backward();
        expected.mul(expected).sum().backward();
        assertThat(apart(found, expected)).isLessThan(1e-5);
        for (int k = 0; k < a.length; k++) {
          assertThat(apart(a[k].grad(), b[k].grad())).as("gradient " + k).isLessThan(1e-5);
        }
        Tensor plain = Convolutions.around(a[0], a[1], new TensorOptional(), strides, padding);
        assertThat(apart(plain, found.sub(a[2].view(1, -1, 1, 1)))).isLessThan(1e-5);
      }
    }
  }

  private static Tensor leaf(boolean last, long... shape) {
    Tensor x = waves(shape);
    return (last ? x.contiguous(torch.MemoryFormat.ChannelsLast) : x).set_requires_grad(true);
  }

  /** The distance over the norm of what is expected. */
  private static double apart(Tensor found, Tensor expected) {
    return found.sub(expected).norm().item_double() / expected.norm().item_double();
  }

  private static double at(Tensor x, long b, long c, long y, long u) {
    boolean outside = y < 0 || u < 0 || y >= x.size(2) || u >= x.size(3);
    return outside ? 0 : x.select(0, b).select(0, c).select(0, y).select(0, u).item_double();
  }

  private static Tensor waves(long... shape) {
    long size = 1;
    for (long side : shape) {
      size *= side;
    }
    float[] values = new float[(int) size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) Math.sin(1.3 * i);
    }
    return Tensors.of(values, shape);
  }
}
