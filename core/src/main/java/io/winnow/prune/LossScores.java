package io.winnow.prune;

import java.util.Arrays;

/** Scores of images from their losses at some noise levels. */
final class LossScores {
  private LossScores() {}

  /**
   * Diffusion difficulty: the mean over the levels of the loss, divided by the mean loss of all
   * images at that level, so that no level decides alone.
   *
   * @param losses [levels, N]
   * @return [N], around 1
   */
  static double[] difficulty(double[][] losses) {
    double[] scores = new double[losses[0].length];
    for (double[] level : losses) {
      double mean = Arrays.stream(level).average().orElse(0);
      double unit = mean > 0 ? mean : 1; // where nothing costs anything
      for (int i = 0; i < scores.length; i++) {
        scores[i] += level[i] / unit / losses.length;
      }
    }
    return scores;
  }

  /**
   * Reference margin (RHO-LOSS, Mindermann et al., 2022): the mean over the levels of the loss
   * above that of a reference, what is left to learn.
   *
   * @param losses [levels, N]
   * @param reference of the same images, times and noise
   * @return [N]
   */
  static double[] margin(double[][] losses, double[][] reference) {
    double[] scores = new double[losses[0].length];
    for (int level = 0; level < losses.length; level++) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] += (losses[level][i] - reference[level][i]) / losses.length;
      }
    }
    return scores;
  }
}
