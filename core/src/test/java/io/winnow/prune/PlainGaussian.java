package io.winnow.prune;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Gaussians in plain loops, as an independent computation. */
final class PlainGaussian {
  private PlainGaussian() {}

  static double[] mean(double[][] rows) {
    double[] mean = new double[rows[0].length];
    for (double[] row : rows) {
      for (int j = 0; j < mean.length; j++) {
        mean[j] += row[j] / rows.length;
      }
    }
    return mean;
  }

  static double[][] scatter(double[][] rows, double[] mean) {
    int d = mean.length;
    double[][] sum = new double[d][d];
    for (double[] row : rows) {
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          sum[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]);
        }
      }
    }
    return sum;
  }

  /** share of the matrix, and that much on the diagonal. */
  static double[][] mixed(double[][] matrix, double share, double diagonal) {
    double[][] mixed = new double[matrix.length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix.length; j++) {
        mixed[i][j] = share * matrix[i][j] + (i == j ? diagonal : 0);
      }
    }
    return mixed;
  }

  static double trace(double[][] matrix) {
    return IntStream.range(0, matrix.length).mapToDouble(i -> matrix[i][i]).sum();
  }

  /** ln N(row) by elimination: z = C x and det C at once. */
  static double logDensity(double[] row, double[] mean, double[][] covariance) {
    int d = mean.length;
    double[][] a = Arrays.stream(covariance).map(double[]::clone).toArray(double[][]::new);
    double[] z = IntStream.range(0, d).mapToDouble(i -> row[i] - mean[i]).toArray();
    double distance = 0;
    double logDeterminant = 0;
    for (int k = 0; k < d; k++) {
      for (int i = k + 1; i < d; i++) {
        double factor = a[i][k] / a[k][k];
        z[i] -= factor * z[k];
        for (int j = k; j < d; j++) {
          a[i][j] -= factor * a[k][j];
        }
      }
      distance += z[k] * z[k] / a[k][k]; // C = L D L^T, so z^T C^-1 z is a sum over D
      logDeterminant += Math.log(a[k][k]);
    }
    return -0.5 * (distance + logDeterminant + d * Math.log(2 * Math.PI));
  }
}
