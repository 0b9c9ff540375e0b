package io.winnow.eval;

import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The metrics once more, from their definitions (evaluation.md) by plain loops over rows of
 * doubles: nothing of Winnow's arithmetic and nothing of LibTorch is in them.
 */
public final class PlainMetrics {
  private PlainMetrics() {}

  /** Rows of a matrix. */
  public static double[][] rows(Tensor matrix) {
    double[] values = Tensors.doubles(matrix);
    int d = Math.toIntExact(matrix.size(1));
    return IntStream.range(0, values.length / d)
        .mapToObj(i -> Arrays.copyOfRange(values, i * d, (i + 1) * d))
        .toArray(double[][]::new);
  }

  /** Some rows. */
  public static double[][] pick(double[][] rows, int... positions) {
    return Arrays.stream(positions).mapToObj(i -> rows[i]).toArray(double[][]::new);
  }

  /** Mean of the rows, [d]. */
  public static double[] mean(double[][] x) {
    double[] mean = new double[x[0].length];
    for (double[] row : x) {
      for (int j = 0; j < mean.length; j++) {
        mean[j] += row[j] / x.length;
      }
    }
    return mean;
  }

  /** Covariance with divisor n - 1, [d, d]. */
  public static double[][] covariance(double[][] x) {
    double[] mean = mean(x);
    double[][] sigma = new double[mean.length][mean.length];
    for (double[] row : x) {
      for (int j = 0; j < mean.length; j++) {
        for (int k = 0; k < mean.length; k++) {
          sigma[j][k] += (row[j] - mean[j]) * (row[k] - mean[k]) / (x.length - 1);
        }
      }
    }
    return sigma;
  }

  /**
   * Frechet distance of two features per row: the two eigenvalues p, q of Sigma1 Sigma2 have (sqrt
   * p + sqrt q)^2 = trace + 2 sqrt(determinant).
   */
  public static double frechet(double[][] x, double[][] y) {
    double[] m = mean(x);
    double[] n = mean(y);
    double[][] a = covariance(x);
    double[][] b = covariance(y);
    double gap = sq(m[0] - n[0]) + sq(m[1] - n[1]);
    double traceOfProduct =
        a[0][0] * b[0][0] + a[0][1] * b[1][0] + a[1][0] * b[0][1] + a[1][1] * b[1][1];
    double determinant =
        (a[0][0] * a[1][1] - a[0][1] * a[1][0]) * (b[0][0] * b[1][1] - b[0][1] * b[1][0]);
    double traceOfRoot = Math.sqrt(traceOfProduct + 2 * Math.sqrt(Math.max(determinant, 0)));
    return gap + a[0][0] + a[1][1] + b[0][0] + b[1][1] - 2 * traceOfRoot;
  }

  /** Kernel distance of two sets of equal size: cubic kernel, without the diagonals. */
  public static double kid(double[][] x, double[][] y) {
    int m = x.length;
    double within = 0;
    double across = 0;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        within += i == j ? 0 : cubic(x[i], x[j]) + cubic(y[i], y[j]);
        across += cubic(x[i], y[j]);
      }
    }
    return within / (m * (m - 1.0)) - 2 * across / ((double) m * m);
  }

  private static double cubic(double[] a, double[] b) {
    double dot = 0;
    for (int j = 0; j < a.length; j++) {
      dot += a[j] * b[j];
    }
    double k = dot / a.length + 1;
    return k * k * k;
  }

  /** CMMD of rows divided by their lengths: all pairs, width 10, scale 1000. */
  public static double cmmd(double[][] x, double[][] y) {
    double[][] u = Arrays.stream(x).map(PlainMetrics::unit).toArray(double[][]::new);
    double[][] v = Arrays.stream(y).map(PlainMetrics::unit).toArray(double[][]::new);
    return 1000 * (gaussian(u, u) + gaussian(v, v) - 2 * gaussian(u, v));
  }

  private static double[] unit(double[] row) {
    double length = Math.sqrt(Arrays.stream(row).map(PlainMetrics::sq).sum());
    return Arrays.stream(row).map(v -> v / length).toArray();
  }

  private static double gaussian(double[][] x, double[][] y) {
    double sum = 0;
    for (double[] a : x) {
      for (double[] b : y) {
        sum += Math.exp(-squared(a, b) / 200);
      }
    }
    return sum / x.length / y.length;
  }

  /** Precision, recall, density, coverage of generated rows y against reference rows x. */
  public static double[] precisionRecall(double[][] x, double[][] y, int k) {
    double[] rx = radii(x, k);
    double[] ry = radii(y, k);
    boolean[] precise = new boolean[y.length];
    boolean[] recalled = new boolean[x.length];
    boolean[] covered = new boolean[x.length];
    double balls = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y.length; j++) {
        double distance = squared(x[i], y[j]);
        precise[j] |= distance <= rx[i];
        recalled[i] |= distance <= ry[j];
        covered[i] |= distance < rx[i];
        balls += distance < rx[i] ? 1 : 0;
      }
    }
    return new double[] {share(precise), share(recalled), balls / k / y.length, share(covered)};
  }

  private static double share(boolean[] marks) {
    int count = 0;
    for (boolean mark : marks) {
      count += mark ? 1 : 0;
    }
    return (double) count / marks.length;
  }

  /** Squared distance to the k-th nearest other row. */
  public static double[] radii(double[][] x, int k) {
    double[] radii = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double[] distances = new double[x.length];
      for (int j = 0; j < x.length; j++) {
        distances[j] = j == i ? -1 : squared(x[i], x[j]); // the row itself comes first
      }
      Arrays.sort(distances);
      radii[i] = distances[k];
    }
    return radii;
  }

  /**
   * Inception Score of one split: exp of the mean divergence of the rows' softmax from its mean.
   */
  public static double inceptionScore(double[][] logits) {
    int classes = logits[0].length;
    double[][] p = new double[logits.length][classes];
    for (int i = 0; i < p.length; i++) {
      double sum = Arrays.stream(logits[i]).map(Math::exp).sum();
      for (int c = 0; c < classes; c++) {
        p[i][c] = Math.exp(logits[i][c]) / sum;
      }
    }
    double[] mean = mean(p);
    double divergence = 0;
    for (double[] row : p) {
      for (int c = 0; c < classes; c++) {
        divergence += row[c] * (Math.log(row[c]) - Math.log(mean[c])) / p.length;
      }
    }
    return Math.exp(divergence);
  }

  static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += sq(a[j] - b[j]);
    }
    return sum;
  }

  private static double sq(double v) {
    return v * v;
  }
}
