package io.winnow.train;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The arithmetic of InfoBatch over n images: the last losses, and which images the next epoch
 * visits with which weight.
 *
 * <p>An image is well learned where its score is strictly below the mean of all scores. Of these an
 * epoch visits int(keep m), with weight 1 / keep, so that the expected sum of losses is that of all
 * images; all others are visited with weight 1. Until every image has a score, everything is
 * visited: the published code gives all the same first score to that end. Weights are those of the
 * one epoch alone (the published package leaves some in force after the last switch).
 */
public final class InfoBatchScores {
  private final InfoBatchConfig config;
  private final double[] scores; // [n], NaN until a loss was seen

  /** No image has a score yet. */
  public InfoBatchScores(int images, InfoBatchConfig config) {
    this.config = config;
    this.scores = new double[images];
    Arrays.fill(scores, Double.NaN);
  }

  /** The scores, live, [n]. */
  public double[] scores() {
    return scores;
  }

  /** Takes the unweighted loss of an image. */
  public void see(int image, double loss) {
    double before = scores[image];
    scores[image] = Double.isNaN(before) ? loss : config.ema() * loss + (1 - config.ema()) * before;
  }

  /**
   * Weights of the next epoch.
   *
   * @param prunes whether it leaves images out
   * @param draws of each image, in [0, 1); the smallest are chosen
   * @return [n]; 0 for an image that is not visited
   */
  public double[] weights(boolean prunes, IntToDoubleFunction draws) {
    double[] weights = new double[scores.length];
    Arrays.fill(weights, 1);
    double mean = Arrays.stream(scores).sum() / scores.length;
    if (!prunes || Double.isNaN(mean)) {
      return weights;
    }
    int[] well = IntStream.range(0, scores.length).filter(i -> scores[i] < mean).toArray();
    int chosen = (int) (config.keep() * well.length);
    double[] drawn = IntStream.of(well).mapToDouble(draws).toArray();
    int[] order =
        IntStream.range(0, well.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> drawn[i]).thenComparing(i -> i))
            .mapToInt(i -> i)
            .toArray();
    for (int rank = 0; rank < order.length; rank++) {
      weights[well[order[rank]]] = rank < chosen ? 1 / config.keep() : 0;
    }
    return weights;
  }
}
