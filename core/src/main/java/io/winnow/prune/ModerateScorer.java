package io.winnow.prune;

import io.winnow.task.Count;
import io.winnow.task.Progress;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Euclidean distance of every row to the centre of its class (Xia et al., "Moderate Coreset", 2023;
 * section III-B of the paper). Small scores are prototypes, large ones outliers.
 *
 * <p>The coordinate-wise median needs a whole column of a class at once, so it goes class by class
 * and, within a class, by as many columns as fit in a fixed budget. A class of one row is its own
 * centre.
 *
 * <p>The paper's score is the squared distance. This one takes the root, as the published code of
 * Moderate-DS does: both put rows into the same order, and a band of ranks or the smallest ones
 * keep the same rows, while the stored scores can be held against that code's. Only a mean of
 * scores would notice.
 */
public final class ModerateScorer implements Scorer {
  /** Values of one class held at once while its median is sought. */
  private static final int COLUMN_BUDGET = 1 << 25;

  private final Center center;
  private final int columnBudget;

  public ModerateScorer(Center center) {
    this(center, COLUMN_BUDGET);
  }

  ModerateScorer(Center center, int columnBudget) {
    this.center = center;
    this.columnBudget = columnBudget;
  }

  @Override
  public double[] score(Rows rows, Progress progress) {
    double[] scores = new double[rows.count()];
    Count scored = new Count(progress);
    for (Group group : Group.byLabel(rows.labels())) {
      try (Scope scope = Scope.open()) {
        Tensor middle = center(rows, group); // [d]
        Blocks.score(rows, group, scores, scored, block -> distances(block, middle));
      }
    }
    return Blocks.requireFinite(rows, scores);
  }

  private static double[] distances(Tensor block, Tensor middle) {
    Tensor difference = LinearAlgebra.float64(block).sub(middle); // [n, d]
    return Tensors.doubles(difference.square_().sum(1).sqrt_()); // the paper squares: same order
  }

  /** The centres of all classes in ascending order of the label, [K, d], float64. */
  public Tensor centers(Rows rows) {
    List<Group> groups = Group.byLabel(rows.labels());
    Tensor centers = LinearAlgebra.zeros(groups.size(), rows.dimension());
    for (int g = 0; g < groups.size(); g++) {
      try (Scope scope = Scope.open()) {
        centers.select(0, g).copy_(center(rows, groups.get(g)));
      }
    }
    return centers;
  }

  private Tensor center(Rows rows, Group group) {
    return center == Center.MEAN ? mean(rows, group) : median(rows, group);
  }

  private static Tensor mean(Rows rows, Group group) {
    Tensor sum = LinearAlgebra.zeros(rows.dimension()); // [d]
    Blocks.forEach(
        rows, group.rows(), (block, first) -> sum.add_(LinearAlgebra.float64(block).sum(0)));
    return sum.div_(new Scalar((double) group.size()));
  }

  private Tensor median(Rows rows, Group group) {
    int d = rows.dimension();
    int width = Math.max(1, Math.min(d, columnBudget / group.size()));
    Tensor median = LinearAlgebra.zeros(d); // [d]
    for (int column = 0; column < d; column += width) {
      try (Scope scope = Scope.open()) {
        int columns = Math.min(width, d - column);
        Tensor values = columns(rows, group, column, columns); // [columns, m]
        median.narrow(0, column, columns).copy_(middle(values));
      }
    }
    return median;
  }

  /** Some columns of a class, each contiguous, in the features' own precision. */
  private static Tensor columns(Rows rows, Group group, int first, int count) {
    Tensor values; // [columns, m]
    try (Scope scope = Scope.open()) {
      TensorOptions like = rows.gather(new int[] {group.rows()[0]}).options();
      values = scope.keep(torch.empty(new long[] {count, group.size()}, like, null));
    }
    Blocks.forEach(
        rows,
        group.rows(),
        (block, row) ->
            values.narrow(1, row, block.size(0)).copy_(block.narrow(1, first, count).t()));
    return values;
  }

  /**
   * The median of every row by partition, in its own precision; the mean of the two middle values
   * of an even count.
   */
  private static Tensor middle(Tensor values) {
    long m = values.size(1);
    Tensor upper = values.kthvalue(m / 2 + 1, 1, false).get0();
    if (m % 2 == 1) {
      return upper;
    }
    Tensor lower = values.kthvalue(m / 2, 1, false).get0();
    return lower.add_(upper).div_(new Scalar(2.0));
  }
}
