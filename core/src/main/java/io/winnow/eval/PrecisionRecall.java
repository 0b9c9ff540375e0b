package io.winnow.eval;

import io.winnow.tensor.Distances;
import io.winnow.tensor.NearestRows;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Improved precision and recall (Kynkaanniemi et al., 2019), density and coverage (Naeem et al.,
 * 2020). A point's ball reaches to its k-th nearest other point of the same set. Precision and
 * recall count a point on the border as inside, density and coverage do not, as their evaluators
 * do. Pairs are formed in blocks.
 *
 * @param precision share of generated points inside at least one reference ball
 * @param recall share of reference points inside at least one generated ball
 * @param density mean number of reference balls around a generated point, over k
 * @param coverage share of reference points with a generated point in their ball
 */
public record PrecisionRecall(double precision, double recall, double density, double coverage) {
  private static final long BLOCK = 2048;

  /**
   * Compares two sets.
   *
   * @param reference [N, d], any real dtype, on any device
   * @param generated [M, d], on the same device
   * @param k neighbours of a ball: 3 in the published evaluators, 5 for density and coverage
   */
  public static PrecisionRecall of(Tensor reference, Tensor generated, int k) {
    if (reference.size(1) != generated.size(1)) {
      throw new IllegalArgumentException(
          String.format(
              "PrecisionRecall: %d and %d features; expected the same number. Encode both sets with"
                  + " the same encoder.",
              reference.size(1), generated.size(1)));
    }
    try (Scope scope = Scope.open()) {
      Tensor referenceRadii = radiiSquared(reference, k); // [N]
      Tensor generatedRadii = radiiSquared(generated, k); // [M]
      Tensor balls = torch.zeros_like(generatedRadii); // [M], reference balls strictly around
      Tensor precise = torch.zeros_like(generatedRadii).to(torch.ScalarType.Bool); // [M]
      Tensor recalled = torch.zeros_like(referenceRadii).to(torch.ScalarType.Bool); // [N]
      Tensor covered = torch.zeros_like(recalled); // [N]
      for (long i = 0; i < reference.size(0); i += BLOCK) {
        for (long j = 0; j < generated.size(0); j += BLOCK) {
          try (Scope inner = Scope.open()) {
            Tensor squared = Distances.squared(rows(reference, i), rows(generated, j)); // [n, m]
            Tensor radii = rows(referenceRadii, i).unsqueeze(1); // [n, 1]
            Tensor inside = squared.lt(radii);
            rows(balls, j).add_(inside.sum(0));
            rows(covered, i).logical_or_(inside.any(1));
            rows(precise, j).logical_or_(squared.le(radii).any(0));
            rows(recalled, i).logical_or_(squared.le(rows(generatedRadii, j)).any(1));
          }
        }
      }
      return new PrecisionRecall(mean(precise), mean(recalled), mean(balls) / k, mean(covered));
    }
  }

  /**
   * Squared distance of every row to its k-th nearest other row.
   *
   * @param features [N, d], any real dtype
   * @return [N], float64
   */
  public static Tensor radiiSquared(Tensor features, int k) {
    long n = features.size(0);
    if (k < 1 || n <= k) {
      throw new IllegalArgumentException(
          "PrecisionRecall: neighbour "
              + k
              + " of "
              + n
              + " points; expected at least one more point than neighbours. Give more images.");
    }
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      for (long i = 0; i < n; i += BLOCK) {
        try (Scope inner = Scope.open()) {
          NearestRows nearest = new NearestRows(rows(features, i), k + 1L); // with the row itself
          for (long j = 0; j < n; j += BLOCK) {
            nearest.offer(rows(features, j), j);
          }
          parts.push_back(inner.keep(nearest.squared().select(1, k).clone()));
        }
      }
      return scope.keep(torch.cat(parts, 0));
    }
  }

  private static Tensor rows(Tensor tensor, long first) {
    Tensor block = tensor.detach().narrow(0, first, Math.min(BLOCK, tensor.size(0) - first));
    return tensor.dim() == 2 ? block.to(torch.ScalarType.Double) : block;
  }

  private static double mean(Tensor values) {
    return values.to(torch.ScalarType.Double).mean().item_double();
  }
}
