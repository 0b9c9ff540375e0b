package io.winnow.prune;

import io.winnow.task.Count;
import io.winnow.task.Progress;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Log-likelihood of every row under a probabilistic PCA of its group (Tipping and Bishop, 1999; the
 * {@code PPCA} density of instance selection for GANs): covariance W + noise I, where W keeps the q
 * leading eigenpairs less the noise, q counts the cumulative explained-variance ratios below a
 * share, and the noise is the mean of the other min(n, d) - q eigenvalues. Eigenvalues have divisor
 * n - 1.
 */
public final class PpcaScorer implements Scorer {
  private final Grouping fit;
  private final double varianceShare;

  /**
   * A scorer.
   *
   * @param varianceShare in (0, 1); 0.95 in the published code
   */
  public PpcaScorer(Grouping fit, double varianceShare) {
    this.fit = fit;
    this.varianceShare = varianceShare;
  }

  @Override
  public double[] score(Rows rows, Progress progress) {
    double[] scores = new double[rows.count()];
    Count scored = new Count(progress);
    for (Group group : Group.of(fit, rows.labels())) {
      try (Scope scope = Scope.open()) {
        Model model = fit(rows, group);
        Blocks.score(
            rows, group, scores, scored, block -> Tensors.doubles(model.logDensity(block)));
      }
    }
    return Blocks.requireFinite(rows, scores);
  }

  private Model fit(Rows rows, Group group) {
    int d = rows.dimension();
    if (group.size() < 2) {
      throw new IllegalArgumentException(
          "PPCA score of "
              + group.describe()
              + ": one row; expected at least 2. Use fit: global or another method.");
    }
    try (Scope scope = Scope.open();
        Moments moments = Blocks.moments(rows, group.rows())) {
      T_TensorTensor_T eigen = torch.linalg_eigh(moments.covariance(moments.count() - 1));
      double[] values = Tensors.doubles(eigen.get0().flip(0)); // descending
      int q = leading(values, Math.min(group.size(), d));
      double noise = noise(values, q, group);
      Tensor directions = eigen.get1().flip(1).narrow(1, 0, q).contiguous(); // [d, q]
      Tensor variances = eigen.get0().flip(0).narrow(0, 0, q).contiguous(); // [q]
      double logDeterminant = (d - q) * Math.log(noise);
      for (int k = 0; k < q; k++) {
        logDeterminant += Math.log(values[k]);
      }
      return new Model(
          scope.keep(moments.mean()),
          scope.keep(directions),
          scope.keep(variances),
          noise,
          logDeterminant);
    }
  }

  /** The mean of the eigenvalues from {@code q} to the rank. */
  private static double noise(double[] values, int q, Group group) {
    int rank = Math.min(group.size(), values.length);
    double noise = 0;
    for (int k = q; k < rank; k++) {
      noise += values[k] / (rank - q);
    }
    if (!(noise > 0)) {
      throw new IllegalArgumentException(
          "PPCA score of "
              + group.describe()
              + ": no variance is left for the noise ("
              + group.size()
              + " rows, "
              + values.length
              + " features); expected rows that differ. Use method: gaussian.");
    }
    return noise;
  }

  /** The number of cumulative explained-variance ratios below the share. */
  private int leading(double[] values, int rank) {
    double total = 0;
    for (int k = 0; k < rank; k++) {
      total += values[k];
    }
    int q = 0;
    double cumulative = 0;
    while (q < rank - 1 && (cumulative += values[q] / total) < varianceShare) {
      q++;
    }
    return q;
  }

  /** One group's model. */
  private record Model(
      Tensor mean, Tensor directions, Tensor variances, double noise, double logDeterminant) {

    /** [n, d] to [n]. */
    Tensor logDensity(Tensor rows) {
      Tensor centred = LinearAlgebra.float64(rows).sub(mean); // [n, d]
      Tensor along = centred.mm(directions); // [n, q]
      Tensor rest = centred.sub_(along.mm(directions.t())); // [n, d]
      Tensor distance =
          along.square_().div_(variances).sum(1).add_(rest.square_().sum(1).div_(scalar(noise)));
      double constant = logDeterminant + mean.numel() * Math.log(2 * Math.PI);
      return distance.add_(scalar(constant)).mul_(scalar(-0.5)); // [n]
    }

    private static Scalar scalar(double value) {
      return new Scalar(value);
    }
  }
}
