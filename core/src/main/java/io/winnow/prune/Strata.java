package io.winnow.prune;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Strata of equal width in the score, each serving about as many rows (Zheng et al.,
 * "Coverage-centric Coreset Selection", 2023).
 */
public final class Strata {
  private Strata() {}

  static IllegalArgumentException withoutScores() {
    return new IllegalArgumentException(
        "prune.steps: strata have no scores to cut; expected a step before that gives some, for"
            + " example {step: preset, method: moderate, ratio: 0.9}.");
  }

  /**
   * The stratum of every score.
   *
   * <p>Edges are the published float32 ones, min + k step with step = (1.0001 max - min) / count;
   * what a negative or tiny largest score leaves above the last edge is in the last stratum.
   *
   * @param scores finite
   * @return in 0 .. count - 1
   */
  public static int[] of(double[] scores, int count) {
    float least = (float) Arrays.stream(scores).min().orElse(0);
    float most = (float) Arrays.stream(scores).max().orElse(0) * 1.0001f;
    float step = (most - least) / count;
    int[] strata = new int[scores.length];
    for (int i = 0; i < scores.length; i++) {
      float score = (float) scores[i];
      int stratum = step > 0 ? Math.min(count - 1, (int) ((score - least) / step)) : 0;
      while (stratum > 0 && score < least + stratum * step) { // an edge decides, not the quotient
        stratum--;
      }
      while (stratum < count - 1 && step > 0 && score >= least + (stratum + 1) * step) {
        stratum++;
      }
      strata[i] = stratum;
    }
    return strata;
  }

  /** Rows per stratum. */
  public static int[] sizes(int[] strata, int count) {
    int[] sizes = new int[count];
    for (int stratum : strata) {
      sizes[stratum]++;
    }
    return sizes;
  }

  /**
   * How many rows each stratum (or cluster) gives, from the smallest up: all it has, or its share
   * of what is left.
   */
  public static int[] budgets(int[] sizes, long total) {
    return Quota.equal(sizes, total);
  }

  /**
   * Draws rows over the strata of what is left without the largest scores.
   *
   * @param drop share of the rows, those of the largest scores, that is left out first
   * @param wanted rows, as far as there are so many
   * @return positions, ascending
   */
  static int[] drawn(double[] scores, double drop, int count, int wanted, RandomStreams random) {
    int staying = scores.length - (int) (scores.length * drop);
    int[] eligible = Ranking.between(scores, Ranking.sorted(scores), 0, staying);
    double[] own = IntStream.of(eligible).mapToDouble(row -> scores[row]).toArray();
    int[] of = of(own, count);
    int[] budgets = budgets(sizes(of, count), Math.min(own.length, wanted));
    double[] draws =
        IntStream.of(eligible).mapToDouble(row -> random.uniform("prune.strata", row)).toArray();
    return IntStream.range(0, own.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> draws[i]).thenComparing(i -> i))
        .filter(i -> budgets[of[i]]-- > 0)
        .mapToInt(i -> eligible[i])
        .sorted()
        .toArray();
  }
}
