package io.winnow.eval;

import io.winnow.files.Sha256;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Mean and covariance of a set of features: all that a Frechet distance needs of it.
 *
 * @param mean mu, [d], float64
 * @param covariance Sigma, divisor N - 1, [d, d], float64, symmetric
 * @param count N; 0 where a statistics file does not say
 */
public record FrechetStatistics(Tensor mean, Tensor covariance, long count) {
  private static final int BLOCK_ROWS = 4096;
  private static final String COUNT = "n";

  /** Files in float32 are symmetric to rounding. */
  private static final double SKEW = 1e-4;

  public FrechetStatistics {
    Shapes.require(mean, "FrechetStatistics mean", Shapes.ANY);
    Shapes.require(covariance, "FrechetStatistics covariance", mean.size(0), mean.size(0));
    mean = LinearAlgebra.float64(mean);
    covariance = LinearAlgebra.float64(covariance);
    try (Scope scope = Scope.open()) {
      if (!Double.isFinite(mean.sum().item_double() + covariance.sum().item_double())) {
        throw new IllegalArgumentException(
            "FrechetStatistics: the mean or the covariance has a value that is NaN or infinite;"
                + " expected finite numbers. Encode the images again.");
      }
    }
  }

  /**
   * Statistics of what the moments have seen.
   *
   * @throws IllegalArgumentException for fewer than two rows
   */
  public static FrechetStatistics of(Moments moments) {
    if (moments.count() < 2) {
      throw new IllegalArgumentException(
          "FrechetStatistics: "
              + moments.count()
              + " rows; expected at least 2, for a covariance. Give more images.");
    }
    return new FrechetStatistics(
        moments.mean(), moments.covariance(moments.count() - 1), moments.count());
  }

  /**
   * Statistics of the rows at some positions, read block by block; in the caller's scope.
   *
   * @throws IllegalArgumentException for fewer than two rows
   */
  public static FrechetStatistics of(LabelledRows features, int[] positions) {
    try (Moments moments = new Moments(features.dimension())) {
      for (int first = 0; first < positions.length; first += BLOCK_ROWS) {
        try (Scope scope = Scope.open()) {
          int last = Math.min(positions.length, first + BLOCK_ROWS);
          moments.add(features.gather(Arrays.copyOfRange(positions, first, last)));
        }
      }
      return of(moments);
    }
  }

  /** Statistics of the rows of a matrix, [N, d], any real dtype. */
  public static FrechetStatistics of(Tensor features) {
    try (Moments moments = Moments.of(features)) {
      return of(moments);
    }
  }

  /**
   * Reads a statistics file: {@code mu} and {@code sigma} as pytorch-fid and clean-fid write them,
   * or as an ADM reference batch has them beside its images.
   */
  public static FrechetStatistics read(Path npz) {
    return read(npz, "mu", "sigma");
  }

  /**
   * The spatial statistics of an ADM reference batch, {@code mu_s} and {@code sigma_s}, for sFID.
   */
  public static FrechetStatistics readSpatial(Path npz) {
    return read(npz, "mu_s", "sigma_s");
  }

  private static FrechetStatistics read(Path npz, String mean, String covariance) {
    try (Npz arrays = Npz.open(npz)) {
      if (!arrays.has(mean) || !arrays.has(covariance)) {
        throw new IllegalArgumentException(
            String.format(
                "%s: has %s; expected %s and %s. Is this a statistics file? Images need to be"
                    + " encoded first.",
                npz, arrays.names(), mean, covariance));
      }
      long count = arrays.has(COUNT) ? Tensors.longs(arrays.tensor(COUNT))[0] : 0;
      try {
        FrechetStatistics read =
            new FrechetStatistics(arrays.tensor(mean), arrays.tensor(covariance), count);
        requireCovariance(read.covariance(), covariance);
        return read;
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            npz + ": " + e.getMessage() + ". Is the file damaged, or of another kind?", e);
      }
    }
  }

  /** What a file calls a covariance could be any square matrix, and a distance would come out. */
  private static void requireCovariance(Tensor matrix, String name) {
    try (Scope scope = Scope.open()) {
      double largest = matrix.abs().max().item_double();
      double skew = matrix.sub(matrix.t()).abs().max().item_double();
      double least = matrix.diagonal().min().item_double();
      if (skew > SKEW * largest || least < 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s is no covariance (differences of %.3g from its transpose, least variance %.3g);"
                    + " expected a symmetric matrix without negative variances",
                name,
                skew,
                least));
      }
    }
  }

  /**
   * Writes {@code mu} and {@code sigma} as pytorch-fid does, atomically. A known count goes beside
   * them as {@code n}, which other readers pass over.
   */
  public void write(Path npz) {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("mu", mean);
    arrays.put("sigma", covariance);
    try (Scope scope = Scope.open()) {
      if (count > 0) {
        arrays.put(COUNT, Tensors.of(new long[] {count}, 1));
      }
      Npz.write(npz, arrays);
    }
  }

  /**
   * Statistics that were computed before under the same identity, or are computed and kept now.
   *
   * @param folder of the cache; one file per identity
   * @param identity names everything the numbers depend on: the images' hash, the encoder's
   */
  public static FrechetStatistics cached(
      Path folder, String identity, Supplier<FrechetStatistics> compute) {
    Path file = folder.resolve(Sha256.of(identity).substring(0, 32) + ".npz");
    if (Files.exists(file)) {
      return read(file);
    }
    FrechetStatistics computed = compute.get();
    computed.write(file);
    return computed;
  }

  /** d. */
  public int dimension() {
    return Math.toIntExact(mean.size(0));
  }

  /** Whether both are the same numbers, whatever their count. */
  boolean sameAs(FrechetStatistics other) {
    return mean.equal(other.mean) && covariance.equal(other.covariance);
  }
}
