package io.winnow.eval;

import io.winnow.tensor.Distances;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * CMMD (Jayasumana et al., 2024): squared MMD of CLIP embeddings under a Gaussian kernel k(a, b) =
 * exp(-|a - b|^2 / (2 sigma^2)), times a scale. The formula does not normalise the embeddings.
 *
 * <pre>{@code
 * scale * ( mean_{i,j} k(x_i, x_j) + mean_{i,j} k(y_i, y_j) - 2 mean_{i,j} k(x_i, y_j) )
 * }</pre>
 *
 * <p>Unit vectors have k in [0.98, 1], so k - 1 is summed instead, by {@code expm1}: the ones
 * cancel exactly. Pairs are formed in blocks, and only once between rows of the same set; memory
 * beyond the embeddings is a few blocks.
 */
public final class Cmmd {
  /** Width of the kernel in the reference implementation. */
  public static final double SIGMA = 10;

  /** Factor in front in the reference implementation. */
  public static final double SCALE = 1000;

  private static final long BLOCK = 2048;

  private Cmmd() {}

  /**
   * The published estimator: biased, all pairs including i = j.
   *
   * @param x [N, d], any real dtype, on any device
   * @param y [M, d], on the same device
   */
  public static double of(Tensor x, Tensor y) {
    return of(x, y, SIGMA, SCALE);
  }

  /** The published estimator with another width and scale. */
  public static double of(Tensor x, Tensor y, double sigma, double scale) {
    requireComparable(x, y);
    double n = x.size(0);
    double m = y.size(0);
    return scale
        * (within(x, sigma) / (n * n)
            + within(y, sigma) / (m * m)
            - 2 * across(x, y, sigma) / (n * m));
  }

  /** Sum of k - 1 over all pairs of a set; a row with itself adds zero. */
  private static double within(Tensor x, double sigma) {
    double sum = 0;
    for (long i = 0; i < x.size(0); i += BLOCK) {
      for (long j = i; j < x.size(0); j += BLOCK) {
        sum += (i == j ? 1 : 2) * block(x, i, x, j, sigma);
      }
    }
    return sum;
  }

  private static double across(Tensor x, Tensor y, double sigma) {
    double sum = 0;
    for (long i = 0; i < x.size(0); i += BLOCK) {
      for (long j = 0; j < y.size(0); j += BLOCK) {
        sum += block(x, i, y, j, sigma);
      }
    }
    return sum;
  }

  private static double block(Tensor x, long i, Tensor y, long j, double sigma) {
    try (Scope scope = Scope.open()) {
      Tensor squared = Distances.squared(rows(x, i), rows(y, j)); // [n, m]
      return squared.mul_(new Scalar(-0.5 / (sigma * sigma))).expm1_().sum().item_double();
    }
  }

  private static Tensor rows(Tensor x, long first) {
    return x.detach()
        .narrow(0, first, Math.min(BLOCK, x.size(0) - first))
        .to(torch.ScalarType.Double);
  }

  private static void requireComparable(Tensor x, Tensor y) {
    if (x.size(1) != y.size(1) || Math.min(x.size(0), y.size(0)) < 1) {
      throw new IllegalArgumentException(
          String.format(
              "Cmmd: embeddings of shape [%d, %d] and [%d, %d]; expected the same width and at least"
                  + " one row each. Encode both sets with the same encoder.",
              x.size(0), x.size(1), y.size(0), y.size(1)));
    }
  }
}
