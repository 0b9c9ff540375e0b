package io.winnow.eval;

import io.winnow.config.OrNull;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Kernel distance (Binkowski et al., 2018): the unbiased squared MMD of random subsets under a
 * polynomial kernel, by default k(a, b) = (a.b / d + 1)^3. Slightly negative values are valid.
 *
 * <pre>{@code
 * [ sum_{i != j} k(x_i, x_j) + sum_{i != j} k(y_i, y_j) ] / (m (m - 1)) - 2 sum_{i,j} k(x_i, y_j) / m^2
 * }</pre>
 */
public final class Kid {
  private Kid() {}

  /**
   * k(a, b) = (gamma a.b + coef0)^degree.
   *
   * @param gamma NaN for 1 / d
   */
  public record Kernel(int degree, double gamma, double coef0) {
    /** The kernel of the metric. */
    public static final Kernel USUAL = new Kernel(3, Double.NaN, 1);
  }

  /**
   * How subsets are drawn: so many, of so many rows each, or of all rows of the smaller set where
   * it has no more.
   */
  public record Protocol(int subsets, int size) {
    /** The protocol of the metric. */
    public static final Protocol USUAL = new Protocol(100, 1000);
  }

  /**
   * The mean over subsets.
   *
   * @param std population standard deviation over subsets; null where a side has no more rows than
   *     a subset, so that every subset holds all of it and they say nothing about its spread
   * @param subsets that were drawn; 1 where both sides were taken whole
   * @param size rows of a subset
   */
  public record Estimate(double mean, @OrNull Double std, int subsets, int size) {}

  /**
   * The usual protocol: 100 subsets of min(N1, N2, 1000) rows, without replacement inside a subset,
   * drawn anew per side and subset.
   *
   * @param first [N1, d], any real dtype
   * @param second [N2, d], any real dtype
   */
  public static Estimate of(Tensor first, Tensor second, RandomStreams streams) {
    return of(first, second, streams, Protocol.USUAL);
  }

  static Estimate of(Tensor first, Tensor second, RandomStreams streams, Protocol protocol) {
    int n1 = Math.toIntExact(first.size(0));
    int n2 = Math.toIntExact(second.size(0));
    int size = Math.min(protocol.size, Math.min(n1, n2));
    double[] perSubset = new double[Math.max(n1, n2) == size ? 1 : protocol.subsets];
    for (int s = 0; s < perSubset.length; s++) {
      int[] rows1 = Arrays.copyOf(streams.permutation(n1, "kid-first", s), size);
      int[] rows2 = Arrays.copyOf(streams.permutation(n2, "kid-second", s), size);
      perSubset[s] = ofSubset(first, rows1, second, rows2, Kernel.USUAL);
    }
    Spread spread = Spread.of(perSubset);
    boolean drawn = Math.min(n1, n2) > size;
    return new Estimate(spread.mean(), drawn ? spread.std() : null, perSubset.length, size);
  }

  /** The distance of one pair of subsets of equal size. */
  public static double ofSubset(
      Tensor first, int[] rows1, Tensor second, int[] rows2, Kernel kernel) {
    if (rows1.length != rows2.length || rows1.length < 2) {
      throw new IllegalArgumentException(
          String.format(
              "Kid: subsets of %d and %d rows; expected the same number, at least 2. Give more"
                  + " images.",
              rows1.length, rows2.length));
    }
    try (Scope scope = Scope.open()) {
      Tensor x = subset(first, rows1); // [m, d]
      Tensor y = subset(second, rows2); // [m, d]
      double m = rows1.length;
      double within = offDiagonal(x, kernel) + offDiagonal(y, kernel);
      double across = kernel(x, y, kernel).sum().item_double();
      return within / (m * (m - 1)) - 2 * across / (m * m);
    }
  }

  private static Tensor subset(Tensor features, int[] rows) {
    return features.index_select(0, Tensors.ofInts(rows)).to(torch.ScalarType.Double);
  }

  private static double offDiagonal(Tensor x, Kernel kernel) {
    Tensor k = kernel(x, x, kernel);
    return k.sum().item_double() - k.diagonal().sum().item_double();
  }

  private static Tensor kernel(Tensor x, Tensor y, Kernel kernel) {
    double gamma = Double.isNaN(kernel.gamma) ? 1.0 / x.size(1) : kernel.gamma;
    return x.mm(y.t())
        .mul_(new Scalar(gamma))
        .add_(new Scalar(kernel.coef0))
        .pow_(new Scalar((double) kernel.degree)); // [n, m]
  }
}
