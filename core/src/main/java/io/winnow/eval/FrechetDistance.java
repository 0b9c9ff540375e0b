package io.winnow.eval;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The squared Frechet distance between Gaussians fitted to two sets of features (Heusel et al.,
 * 2017); with the features of the FID Inception network it is the FID:
 *
 * <pre>{@code
 * d^2 = |mu1 - mu2|^2 + Tr Sigma1 + Tr Sigma2 - 2 Tr (Sigma1 Sigma2)^(1/2)
 * }</pre>
 *
 * <p>The last trace is the sum of the square roots of the eigenvalues of Sigma1 Sigma2. With a
 * Cholesky factor of either covariance, Sigma1 = L L^T, they are those of the symmetric L^T Sigma2
 * L: one factor and one symmetric eigenvalue problem without vectors. Where both are singular, S
 * Sigma2 S with the symmetric root S of Sigma1 takes its place. No epsilon is added and nothing is
 * clamped: rounding may leave a tiny negative distance.
 */
public final class FrechetDistance {
  private FrechetDistance() {}

  /**
   * The distance of one class.
   *
   * @param n1 rows of the class in the first set
   * @param n2 rows of the class in the second set
   */
  public record ClassDistance(int label, double distance, long n1, long n2) {}

  /** Between the statistics of two streams. */
  public static double of(Moments first, Moments second) {
    try (Scope scope = Scope.open()) {
      return of(FrechetStatistics.of(first), FrechetStatistics.of(second));
    }
  }

  /**
   * Between means and covariances.
   *
   * @param mu1 [d]
   * @param sigma1 [d, d], divisor N - 1
   * @param mu2 [d]
   * @param sigma2 [d, d], divisor N - 1
   */
  public static double of(Tensor mu1, Tensor sigma1, Tensor mu2, Tensor sigma2) {
    try (Scope scope = Scope.open()) {
      return of(new FrechetStatistics(mu1, sigma1, 0), new FrechetStatistics(mu2, sigma2, 0));
    }
  }

  /** Between two sets' statistics. */
  public static double of(FrechetStatistics first, FrechetStatistics second) {
    requireSameDimension(first.dimension(), second.dimension());
    if (first.sameAs(second)) {
      return 0; // the null space of a singular covariance would leave rounding noise
    }
    try (Scope scope = Scope.open()) {
      return gap(first, second) - 2 * traceOfRoot(first.covariance(), second.covariance());
    }
  }

  /**
   * Between two sets of features that are in memory. With no more rows than features, the trace is
   * the nuclear norm of A1 A2^T, A the centred features over sqrt(N - 1), which keeps the digits
   * that a singular covariance loses.
   *
   * @param first [N1, d], any real dtype
   * @param second [N2, d], any real dtype
   */
  public static double ofFeatures(Tensor first, Tensor second) {
    requireSameDimension(first.size(1), second.size(1));
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = FrechetStatistics.of(first);
      FrechetStatistics b = FrechetStatistics.of(second);
      if (Math.max(a.count(), b.count()) > a.dimension() || a.sameAs(b)) {
        return of(a, b);
      }
      Tensor cross = centred(first, a).mm(centred(second, b).t()); // [N1, N2]
      return gap(a, b) - 2 * torch.linalg_svdvals(cross).sum().item_double();
    }
  }

  /**
   * One distance per label, in ascending order: only comparable among themselves, at the same
   * counts. Rows stream, one class and one side at a time; those with a negative label count for
   * none.
   *
   * @throws IllegalArgumentException before the first for a label with fewer than two rows on
   *     either side
   */
  public static List<ClassDistance> byClass(LabelledRows first, LabelledRows second) {
    requireSameDimension(first.dimension(), second.dimension());
    SortedMap<Integer, int[]> rows1 = rowsByLabel(first.labels());
    SortedMap<Integer, int[]> rows2 = rowsByLabel(second.labels());
    SortedSet<Integer> labels = new TreeSet<>(rows1.keySet());
    labels.addAll(rows2.keySet());
    int[] none = {};
    for (int label : labels) {
      requireTwo(label, rows1.getOrDefault(label, none), rows2.getOrDefault(label, none));
    }
    List<ClassDistance> distances = new ArrayList<>();
    for (int label : labels) {
      try (Scope scope = Scope.open()) {
        FrechetStatistics a = FrechetStatistics.of(first, rows1.get(label));
        FrechetStatistics b = FrechetStatistics.of(second, rows2.get(label));
        distances.add(new ClassDistance(label, of(a, b), a.count(), b.count()));
      }
    }
    return distances;
  }

  private static SortedMap<Integer, int[]> rowsByLabel(int[] labels) {
    SortedMap<Integer, int[]> rows = new TreeMap<>();
    IntStream.of(labels)
        .filter(label -> label >= 0)
        .distinct()
        .forEach(
            label ->
                rows.put(
                    label,
                    IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray()));
    return rows;
  }

  private static void requireTwo(int label, int[] rows1, int[] rows2) {
    if (Math.min(rows1.length, rows2.length) < 2) {
      throw new IllegalArgumentException(
          String.format(
              "FrechetDistance by class: label %d has %d and %d rows; expected at least 2 on both"
                  + " sides. Leave the class out, or give more images of it.",
              label, rows1.length, rows2.length));
    }
  }

  /** What to say where the smaller set has no more rows than features. */
  public static Optional<String> warning(long n1, long n2, int dimension) {
    long least = Math.min(n1, n2);
    return least > dimension || least == 0
        ? Optional.empty()
        : Optional.of(
            least
                + " images for "
                + dimension
                + " features: the covariance is singular and the distance strongly biased upwards;"
                + " compare it only at equal counts.");
  }

  private static double gap(FrechetStatistics first, FrechetStatistics second) {
    double means = first.mean().sub(second.mean()).square_().sum().item_double();
    return means
        + LinearAlgebra.trace(first.covariance())
        + LinearAlgebra.trace(second.covariance());
  }

  private static double traceOfRoot(Tensor sigma1, Tensor sigma2) {
    Tensor factor = sigma1.clone();
    Tensor other = sigma2.clone();
    if (!LinearAlgebra.cholesky(factor)) {
      factor = sigma2.clone();
      other = sigma1.clone();
      if (!LinearAlgebra.cholesky(factor)) {
        factor = symmetricRoot(sigma1);
        other = sigma2;
        return sumOfRoots(LinearAlgebra.eigenvalues(factor.mm(other).mm(factor)));
      }
    }
    LinearAlgebra.congruence(factor, other);
    return sumOfRoots(LinearAlgebra.eigenvalues(other));
  }

  private static double sumOfRoots(Tensor eigenvalues) {
    return Arrays.stream(Tensors.doubles(eigenvalues)).map(w -> Math.sqrt(Math.max(w, 0))).sum();
  }

  /** V diag(sqrt(max(w, 0))) V^T. */
  private static Tensor symmetricRoot(Tensor matrix) {
    T_TensorTensor_T eigen = torch.linalg_eigh(matrix);
    Tensor roots = eigen.get0().clamp_min(new Scalar(0.0)).sqrt_(); // [d]
    return eigen.get1().mul(roots).mm(eigen.get1().t());
  }

  private static Tensor centred(Tensor features, FrechetStatistics statistics) {
    return LinearAlgebra.float64(features)
        .sub(statistics.mean())
        .div_(new Scalar(Math.sqrt(statistics.count() - 1.0)));
  }

  private static void requireSameDimension(long first, long second) {
    if (first != second) {
      throw new IllegalArgumentException(
          String.format(
              "FrechetDistance: %d and %d features; expected the same number. Encode both sets with"
                  + " the same encoder.",
              first, second));
    }
  }
}
