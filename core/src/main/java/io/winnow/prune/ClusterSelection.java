package io.winnow.prune;

/**
 * Which rows of a cluster stay, by their distance to its centre (arXiv 2411.12523). Distances are
 * ranked ascending, ties by row. Products are truncated to counts, as in the published code.
 */
public enum ClusterSelection {
  /** The largest distances: what is rare in its cluster. */
  FURTHEST {
    @Override
    public int[] keep(double[] distances, double ratio) {
      return largest(distances, (int) (distances.length * ratio));
    }

    @Override
    public int[] count(double[] distances, int count) {
      return largest(distances, count);
    }
  },
  /** The smallest distances: what is typical. */
  NEAREST {
    @Override
    public int[] keep(double[] distances, double ratio) {
      return count(distances, (int) (distances.length * ratio));
    }

    @Override
    public int[] count(double[] distances, int count) {
      return ranks(distances, 0, count);
    }
  },
  /**
   * The middle: with p = (1 - R) / 2, the int(m (R + p)) largest without their int(m p) largest.
   */
  MIDDLE {
    @Override
    public int[] keep(double[] distances, double ratio) {
      int m = distances.length;
      double aside = (1 - ratio) / 2;
      return ranks(distances, m - (int) (m * (ratio + aside)), m - (int) (m * aside));
    }

    @Override
    public int[] count(double[] distances, int count) {
      int low = (distances.length - count) / 2;
      return ranks(distances, low, low + count);
    }
  };

  /**
   * The share of a cluster.
   *
   * @param distances of the cluster's rows to its centre, [m]
   * @param ratio in (0, 1]
   * @return positions, ascending
   */
  public abstract int[] keep(double[] distances, double ratio);

  /** So many of a cluster. */
  public abstract int[] count(double[] distances, int count);

  private static int[] largest(double[] distances, int count) {
    return ranks(distances, distances.length - count, distances.length);
  }

  private static int[] ranks(double[] distances, int low, int high) {
    return Ranking.between(distances, Ranking.sorted(distances), low, high);
  }
}
