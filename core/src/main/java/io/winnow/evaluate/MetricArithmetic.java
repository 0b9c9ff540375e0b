package io.winnow.evaluate;

import io.winnow.eval.NearestNeighbours;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How long the arithmetic of metrics takes here, tried on random features. */
public final class MetricArithmetic {
  private static final double NANOS = 1e9;
  private static final int FEW = 2048;
  private static final int MANY = 8192;

  private MetricArithmetic() {}

  /**
   * Seconds for a pair of features whose distance is looked at, as for memorisation.
   *
   * @param dimension d
   */
  public static double secondsPerPair(int dimension, LongSupplier nanos) {
    try (Scope scope = Scope.open()) {
      Tensor few = torch.randn(FEW, dimension);
      Tensor many = torch.randn(MANY, dimension);
      long began = nanos.getAsLong();
      NearestNeighbours.of(NearestNeighbours.Source.of(few), NearestNeighbours.Source.of(many));
      return (nanos.getAsLong() - began) / NANOS / FEW / MANY;
    }
  }

  /**
   * Seconds for a feature that goes into a mean and a covariance.
   *
   * @param dimension d
   */
  public static double secondsPerRow(int dimension, LongSupplier nanos) {
    try (Scope scope = Scope.open()) {
      Tensor rows = torch.randn(MANY, dimension);
      long began = nanos.getAsLong();
      try (Moments moments = new Moments(dimension)) {
        moments.add(rows);
      }
      return (nanos.getAsLong() - began) / NANOS / MANY;
    }
  }
}
