package io.winnow.model.inception;

import io.winnow.model.ImageClassifier;
import io.winnow.nn.Layer;
import io.winnow.tensor.Constant;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * torchvision's Inception-v3 ({@code models/inception.py}), in evaluation: the auxiliary head is
 * left out, and its keys {@code AuxLogits.*} in a file are to be ignored. The feature is the global
 * average of the last block, 2048 values.
 */
public final class InceptionV3 extends Layer implements ImageClassifier {
  /** The smallest side of an image that every layer still sees a pixel of. */
  public static final int SMALLEST_SIDE = 75;

  /** What the network expects, and does, before its first layer. */
  public enum Input {
    /**
     * Used as they are: torchvision without {@code transform_input}, as it trains from scratch. The
     * published weights would want [-1, 1].
     */
    AS_GIVEN,
    /**
     * Images normalised with the statistics of ImageNet, which the network takes back to [-1, 1]:
     * torchvision's {@code transform_input}, on with the published weights.
     */
    IMAGENET_NORMALISED
  }

  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  /** x_c scale_c + shift_c = x_c s_c / 0.5 + (m_c - 0.5) / 0.5, [1, 3, 1, 1] each. */
  private final Constant scale;

  private final Constant shift;
  private final Input input;
  private final int classCount;
  private final Trunk trunk;

  /** Builds the network with unspecified weights. */
  public InceptionV3(int classCount, Input input) {
    this.classCount = classCount;
    this.input = input;
    float[] factors = new float[MEAN.length];
    float[] offsets = new float[MEAN.length];
    for (int c = 0; c < MEAN.length; c++) {
      factors[c] = STD[c] / 0.5f;
      offsets[c] = (MEAN[c] - 0.5f) / 0.5f;
    }
    scale = held(Constant.of(Tensors.of(factors, 1, 3, 1, 1)));
    shift = held(Constant.of(Tensors.of(offsets, 1, 3, 1, 1)));
    trunk =
        new Trunk(
            (name, layer) -> child(name, layer),
            Pool.AVERAGE_WITH_PADDING,
            Pool.AVERAGE_WITH_PADDING,
            classCount);
  }

  @Override
  public Tensor features(Tensor x) {
    Shapes.require(x, "InceptionV3 x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    if (Math.min(x.size(2), x.size(3)) < SMALLEST_SIDE) {
      throw new IllegalArgumentException(
          "InceptionV3 x: %d x %d pixels; expected at least %d on each side. Resize to 299."
              .formatted(x.size(3), x.size(2), SMALLEST_SIDE));
    }
    Tensor centred = input == Input.AS_GIVEN ? x : undone(x); // [B, 3, H, W] in [-1, 1]
    return trunk.forward(centred).last().mean(2, 3); // [B, 2048]
  }

  private Tensor undone(Tensor x) {
    return x.mul(scale.beside(x)).add_(shift.beside(x));
  }

  @Override
  public Tensor logits(Tensor features) {
    return trunk.head().forward(features); // [B, K]
  }

  @Override
  public int dimension() {
    return Trunk.DIMENSION;
  }

  @Override
  public int classCount() {
    return classCount;
  }
}
