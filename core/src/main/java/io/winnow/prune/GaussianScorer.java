package io.winnow.prune;

import io.winnow.task.Count;
import io.winnow.task.Progress;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.tensor.Workers;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Log-density of every row under a Gaussian fitted to its class, or to the whole set (DeVries,
 * Drozdzal and Taylor, "Instance Selection for GANs", 2020; section III-B of the paper). High
 * scores are typical images.
 *
 * <p>Two passes per group, each block by block: statistics, then scores; as many groups at once as
 * the engine has threads. Memory is O(threads d^2) whatever the number of rows; all arithmetic is
 * float64.
 */
public final class GaussianScorer implements Scorer {
  private final Grouping fit;
  private final Covariance covariance;
  private final double reg;

  /**
   * A scorer.
   *
   * @param fit one Gaussian per class (the published code) or one for the whole set
   * @param reg added to the diagonal of a covariance that is not shrunk; 1e-5 in the published code
   */
  public GaussianScorer(Grouping fit, Covariance covariance, double reg) {
    this.fit = fit;
    this.covariance = covariance;
    this.reg = reg;
  }

  @Override
  public double[] score(Rows rows, Progress progress) {
    Count scored = new Count(progress);
    double[] scores = new double[rows.count()];
    List<Group> groups = Group.of(fit, rows.labels());
    if (covariance == Covariance.POOLED) {
      scorePooled(rows, groups, scores, scored);
    } else {
      scoreApart(new SharedRows(rows), groups, scores, scored);
    }
    return Blocks.requireFinite(rows, scores);
  }

  /**
   * Every group by a model of its own. Several groups go side by side on one engine thread each:
   * that uses the cores better than products and factors spread over threads do.
   */
  private void scoreApart(Rows rows, List<Group> groups, double[] scores, Count scored) {
    if (Math.min(torch.get_num_threads(), groups.size()) <= 1) {
      try (Moments moments = new Moments(rows.dimension())) {
        groups.forEach(group -> score(rows, group, moments, scores, scored));
      }
      return;
    }
    Workers.besideEachOther(
        groups.size(),
        () -> new Moments(rows.dimension()),
        (moments, g) -> score(rows, groups.get(g), moments, scores, scored));
  }

  private void score(Rows rows, Group group, Moments moments, double[] scores, Count scored) {
    try (Scope scope = Scope.open()) {
      moments.clear();
      Blocks.take(rows, group.rows(), moments);
      score(rows, group, fit(rows, group, moments), scores, scored);
    }
  }

  @Override
  public List<String> notes(Rows rows) {
    List<String> notes = new ArrayList<>();
    List<Group> groups = Group.of(fit, rows.labels());
    long small = groups.stream().filter(g -> g.size() <= rows.dimension()).count();
    if (covariance == Covariance.PLAIN && small > 0) {
      int least = groups.stream().mapToInt(Group::size).min().orElse(0);
      notes.add(
          String.format(
              "%d of %d Gaussians have no more rows than the %d features (fewest: %d): their"
                  + " covariance is singular and the order rests on reg = %s alone. Consider"
                  + " covariance: ledoit-wolf, oas or pooled, pca, or fit: global.",
              small, groups.size(), rows.dimension(), least, reg));
    }
    return notes;
  }

  /**
   * The model of one group.
   *
   * @param moments of the group's rows; spent afterwards
   * @return its tensors belong to the caller's scope and to the moments
   */
  private GaussianModel fit(Rows rows, Group group, Moments moments) {
    long count = moments.count();
    Tensor mean = moments.mean(); // [d]
    Tensor matrix = moments.becomeLowerCovariance(count); // [d, d]
    boolean shrinks = covariance == Covariance.LEDOIT_WOLF || covariance == Covariance.OAS;
    if (shrinks && LinearAlgebra.trace(matrix) > 0) {
      double fourth =
          covariance == Covariance.LEDOIT_WOLF ? fourthMoment(rows, group, mean) : Double.NaN;
      Tensor s = LinearAlgebra.symmetric(matrix);
      matrix = covariance.shrink(s, fourth, count).matrix();
    } else {
      matrix.diagonal().add_(new Scalar(reg)); // equal rows, too: nothing to shrink towards
    }
    return GaussianModel.of(mean, matrix, group.describe(), count);
  }

  /** (1/n) sum ||z - mu||^4. */
  private static double fourthMoment(Rows rows, Group group, Tensor mean) {
    double[] sum = new double[1];
    Blocks.forEach(
        rows,
        group.rows(),
        (block, first) -> {
          Tensor norm2 = LinearAlgebra.float64(block).sub(mean).square_().sum(1); // [n]
          sum[0] += norm2.square_().sum().item_double();
        });
    return sum[0] / group.size();
  }

  private void scorePooled(Rows rows, List<Group> groups, double[] scores, Count scored) {
    try (Scope scope = Scope.open()) {
      Tensor scatter = LinearAlgebra.zeros(rows.dimension(), rows.dimension()); // [d, d]
      List<Tensor> means = new ArrayList<>();
      for (Group group : groups) {
        try (Moments moments = Blocks.moments(rows, group.rows());
            Scope inner = Scope.open()) {
          scatter.add_(moments.scatter());
          means.add(inner.keep(moments.mean()));
        }
      }
      scatter.div_(new Scalar((double) rows.count()));
      scatter.diagonal().add_(new Scalar(reg));
      GaussianModel pooled =
          GaussianModel.of(
              LinearAlgebra.zeros(rows.dimension()), scatter, "all classes", rows.count());
      for (int g = 0; g < groups.size(); g++) {
        score(rows, groups.get(g), pooled.around(means.get(g)), scores, scored);
      }
    }
  }

  private static void score(
      Rows rows, Group group, GaussianModel model, double[] scores, Count scored) {
    Blocks.score(rows, group, scores, scored, block -> Tensors.doubles(model.logDensity(block)));
  }
}
