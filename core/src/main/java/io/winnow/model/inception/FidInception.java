package io.winnow.model.inception;

import io.winnow.nn.Layer;
import io.winnow.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;

/**
 * The Inception-v3 of the Frechet inception distance: TensorFlow's graph of 2015-12-05 in the form
 * of mseitzer/pytorch-fid ({@code inception.py}). It differs from torchvision's in the pools
 * (padding is not counted, and the last block takes the maximum) and in its 1008 classes.
 */
public final class FidInception extends Layer {
  /** Rows of the head in the published file. */
  public static final int CLASSES = 1008;

  /** Side of the input. */
  public static final int SIDE = 299;

  /** Values of a spatial feature: 17 rows x 17 columns x 7 channels. */
  public static final int SPATIAL = 2023;

  private static final int SPATIAL_CHANNELS = 7;

  private final Trunk trunk;

  /** Builds the network with unspecified weights. */
  public FidInception() {
    trunk = new Trunk((name, layer) -> child(name, layer), Pool.AVERAGE_INSIDE, Pool.MAX, CLASSES);
  }

  /**
   * What the metrics read.
   *
   * @param pool64 mean of the first max pool's output, [B, 64]
   * @param pool192 mean of the second max pool's output, [B, 192]
   * @param pool768 mean of the output of {@code Mixed_6e}, [B, 768]
   * @param pool2048 mean of the last block's output, the feature of FID, [B, 2048]
   * @param spatial the feature of sFID: {@code Mixed_6d.branch1x1} after its ReLU, the first seven
   *     channels, in the order row, column, channel, [B, 2023]
   * @param logits the head without its bias, as the Inception Score wants it, [B, 1008]
   */
  public record Outputs(
      Tensor pool64,
      Tensor pool192,
      Tensor pool768,
      Tensor pool2048,
      Tensor spatial,
      Tensor logits) {}

  /**
   * Runs the network once for all outputs.
   *
   * @param x [B, 3, 299, 299] in [-1, 1]
   */
  public Outputs outputs(Tensor x) {
    Trunk.Activations a = run(x);
    Tensor pool2048 = a.last().mean(2, 3); // [B, 2048]
    return new Outputs(
        a.block64().mean(2, 3),
        a.block192().mean(2, 3),
        a.block768().mean(2, 3),
        pool2048,
        spatial(a),
        unbiasedLogits(pool2048));
  }

  private Tensor spatial(Trunk.Activations a) {
    return trunk
        .mixed6dPoint(a.beforeMixed6d())
        .narrow(1, 0, SPATIAL_CHANNELS)
        .permute(0, 2, 3, 1)
        .flatten(1, -1); // [B, 2023]
  }

  /**
   * The feature of sFID alone.
   *
   * @param x [B, 3, 299, 299] in [-1, 1]
   * @return [B, 2023], see {@link Outputs#spatial}
   */
  public Tensor spatial(Tensor x) {
    return spatial(run(x));
  }

  /**
   * The feature of FID alone.
   *
   * @param x [B, 3, 299, 299] in [-1, 1]
   * @return [B, 2048]
   */
  public Tensor features(Tensor x) {
    return run(x).last().mean(2, 3);
  }

  /** The head without its bias: [B, 2048] to [B, 1008]. */
  public Tensor unbiasedLogits(Tensor pool2048) {
    return pool2048.matmul(state().get("fc.weight").t());
  }

  private Trunk.Activations run(Tensor x) {
    Shapes.require(x, "FidInception x", Shapes.ANY, 3, SIDE, SIDE);
    return trunk.forward(x);
  }
}
