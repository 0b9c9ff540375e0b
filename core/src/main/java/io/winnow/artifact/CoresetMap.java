package io.winnow.artifact;

import io.winnow.config.OrNull;

/**
 * Where the samples of a {@link Coreset} lie among each other, by their features: the columns that
 * viewers of embeddings read.
 *
 * @param x of every sample, [N], float32
 * @param y of every sample, [N], float32
 * @param nearest null where the set is too large for them
 */
@SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
public record CoresetMap(float[] x, float[] y, @OrNull Nearest nearest) {
  /**
   * The samples nearest to each one, itself left out, nearest first.
   *
   * @param positions in the data set, from 0, [N, k]
   * @param distances Euclidean, in the space of the features, [N, k]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Nearest(int[][] positions, float[][] distances) {}
}
