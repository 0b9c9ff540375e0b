package io.winnow.data;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.InterpolateMode;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kArea;
import org.bytedeco.pytorch.kBicubic;
import org.bytedeco.pytorch.kBilinear;
import org.bytedeco.pytorch.kNearest;
import org.bytedeco.pytorch.kNearestExact;

/**
 * The ways of {@code torch.nn.functional.interpolate}, and TensorFlow 1's bilinear, on float32. The
 * plain bilinear forms are Winnow's own ({@link Bilinear}); the rest are the engine's.
 */
public enum Interpolate {
  BILINEAR(Bilinear.HALF_PIXEL),
  BILINEAR_ALIGN_CORNERS(Bilinear.ALIGN_CORNERS),
  /** Source at {@code i n/m}, without the shift by half a pixel. */
  BILINEAR_TENSORFLOW_1(Bilinear.TENSORFLOW_1),
  BILINEAR_ANTIALIAS(null),
  /** The cubic kernel with a = -0.75. */
  BICUBIC(null),
  BICUBIC_ALIGN_CORNERS(null),
  /** The cubic kernel with a = -0.5. */
  BICUBIC_ANTIALIAS(null),
  AREA(null),
  /** Source at {@code floor(i n/m)}. */
  NEAREST(null),
  /** Source at {@code floor((i + 0.5) n/m)}, as Pillow and scikit-image. */
  NEAREST_EXACT(null);

  private final Bilinear own;

  Interpolate(Bilinear own) {
    this.own = own;
  }

  /**
   * Resizes a batch.
   *
   * @param x [B, C, H, W], float32, CPU
   * @return [B, C, height, width]; belongs to the caller's scope
   */
  public Tensor apply(Tensor x, int height, int width) {
    Shapes.require(x, name() + " x", Shapes.ANY, Shapes.ANY, Shapes.ANY, Shapes.ANY);
    return own == null ? byEngine(x, height, width) : byPlanes(x, height, width);
  }

  private Tensor byPlanes(Tensor x, int height, int width) {
    int fromHeight = Math.toIntExact(x.size(2));
    int fromWidth = Math.toIntExact(x.size(3));
    int planes = Math.toIntExact(x.size(0) * x.size(1));
    float[] values = Tensors.floats(x);
    float[] resized = new float[planes * height * width];
    int from = fromHeight * fromWidth;
    for (int p = 0; p < planes; p++) {
      float[] plane = Arrays.copyOfRange(values, p * from, (p + 1) * from);
      float[] result = own.plane(plane, fromWidth, fromHeight, width, height);
      System.arraycopy(result, 0, resized, p * height * width, result.length);
    }
    return Tensors.of(resized, x.size(0), x.size(1), height, width);
  }

  private Tensor byEngine(Tensor x, int height, int width) {
    try (Scope scope = Scope.open()) {
      InterpolateFuncOptions options = new InterpolateFuncOptions();
      options.size().put(new LongVector(height, width));
      options.mode().put(mode());
      if (this == BICUBIC_ALIGN_CORNERS) {
        options.align_corners().put(true);
      }
      options.antialias().put(this == BILINEAR_ANTIALIAS || this == BICUBIC_ANTIALIAS);
      return scope.keep(torch.interpolate(x, options));
    }
  }

  private InterpolateMode mode() {
    return switch (this) {
      case BILINEAR, BILINEAR_ALIGN_CORNERS, BILINEAR_TENSORFLOW_1, BILINEAR_ANTIALIAS ->
          new InterpolateMode(new kBilinear());
      case BICUBIC, BICUBIC_ALIGN_CORNERS, BICUBIC_ANTIALIAS -> new InterpolateMode(new kBicubic());
      case AREA -> new InterpolateMode(new kArea());
      case NEAREST -> new InterpolateMode(new kNearest());
      case NEAREST_EXACT -> new InterpolateMode(new kNearestExact());
    };
  }
}
