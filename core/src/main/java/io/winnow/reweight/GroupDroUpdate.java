package io.winnow.reweight;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Group DRO without a reference: the mixture q follows the losses of the groups themselves.
 *
 * <p>Source: group_DRO, {@code loss.py}. Its quirks are kept, because the numbers are to agree: the
 * generalisation adjustment counts only where all of it is positive, and then it is part of the
 * returned loss as well.
 */
public final class GroupDroUpdate {
  /**
   * Settings, in the peer's words.
   *
   * @param stepSize of the multiplicative update
   * @param normalizeLoss whether the losses are divided by their sum first
   * @param adjustment C of C / sqrt(n_c), [K]; null for none
   * @param greedy whether the worst groups are taken whole up to {@code alpha} ("btl", like CVaR)
   * @param alpha share of the data that the greedy rule covers, in (0, 1]
   * @param gamma share of a new loss in the moving average that the greedy rule sorts by
   * @param minimumWeight share of the plain mean that is mixed into the greedy weights, in [0, 1]
   */
  @SuppressWarnings("ArrayRecordComponent") // read once by the constructor, never compared
  public record Settings(
      double stepSize,
      boolean normalizeLoss,
      double[] adjustment,
      boolean greedy,
      double alpha,
      double gamma,
      double minimumWeight) {}

  /**
   * What one step gives.
   *
   * @param weights of the groups in this step's loss, [K]
   * @param loss the robust loss
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  public record Step(double[] weights, double loss) {}

  private final Settings settings;
  private final double[] adjustment;
  private final double[] share;
  private double[] probabilities;
  private double[] averageLoss;
  private boolean[] averaged;

  /**
   * Everything that an update changes; goes into the checkpoint.
   *
   * @param probabilities mixture, [K]
   * @param averageLoss moving average of each group's loss, [K]
   * @param averaged whether a group has had a loss, [K]
   */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  public record State(double[] probabilities, double[] averageLoss, boolean[] averaged) {}

  /**
   * Starts from the uniform mixture.
   *
   * @param groupCounts samples of each group in the data set, [K]
   */
  public GroupDroUpdate(Settings settings, long[] groupCounts) {
    int k = groupCounts.length;
    this.settings = settings;
    this.adjustment = new double[k];
    this.share = new double[k];
    this.probabilities = new double[k];
    this.averageLoss = new double[k];
    this.averaged = new boolean[k];
    double all = (double) Arrays.stream(groupCounts).sum();
    for (int c = 0; c < k; c++) {
      double given = settings.adjustment() == null ? 0 : settings.adjustment()[c];
      adjustment[c] = given / Math.sqrt((double) groupCounts[c]);
      share[c] = (double) groupCounts[c] / all;
      probabilities[c] = 1.0 / k;
    }
  }

  /**
   * One step.
   *
   * @param meanLoss mean loss of each group in the batch, [K]; 0 for an absent one
   * @param counts samples of each group in the batch, [K]
   * @param batchShare of a whole batch that the batch is, in (0, 1]; scales the step size
   */
  public Step update(double[] meanLoss, long[] counts, double batchShare) {
    average(meanLoss, counts);
    double[] loss = meanLoss.clone();
    double[] weights = settings.greedy() ? greedy() : multiplicative(loss, batchShare);
    double robust = 0;
    for (int c = 0; c < loss.length; c++) {
      robust += weights[c] * loss[c];
    }
    return new Step(weights, robust);
  }

  private void average(double[] meanLoss, long[] counts) {
    for (int c = 0; c < meanLoss.length; c++) {
      double previous = averaged[c] ? 1 - (counts[c] > 0 ? settings.gamma() : 0) : 0;
      averageLoss[c] = averageLoss[c] * previous + meanLoss[c] * (1 - previous);
      averaged[c] |= counts[c] > 0;
    }
  }

  private double[] multiplicative(double[] loss, double batchShare) {
    double[] added = addedToLoss();
    for (int c = 0; c < loss.length; c++) {
      loss[c] += added[c];
    }
    double scale = settings.normalizeLoss() ? 1 / Arrays.stream(loss).sum() : 1;
    double stepSize = settings.stepSize() * batchShare;
    double sum = 0;
    for (int c = 0; c < loss.length; c++) {
      probabilities[c] *= Math.exp(stepSize * loss[c] * scale);
      sum += probabilities[c];
    }
    for (int c = 0; c < loss.length; c++) {
      probabilities[c] /= sum;
    }
    return probabilities.clone();
  }

  /** The worst groups by average loss, whole, until they cover alpha of the data. */
  private double[] greedy() {
    int[] worstFirst =
        IntStream.range(0, share.length)
            .boxed()
            .sorted(Comparator.comparingDouble(c -> -(averageLoss[c] + adjustment[c])))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] weights = new double[share.length];
    double covered = 0;
    double given = 0;
    for (int c : worstFirst) {
      covered += share[c];
      if (covered > settings.alpha()) {
        weights[c] = 1 - given;
        break;
      }
      weights[c] = share[c] / settings.alpha();
      given += weights[c];
    }
    double least = settings.minimumWeight();
    for (int c = 0; c < weights.length; c++) {
      weights[c] = share[c] * least + weights[c] * (1 - least);
    }
    return weights;
  }

  /** The mixture after the last step, [K], sum 1; the greedy rule leaves it uniform. */
  public double[] probabilities() {
    return probabilities.clone();
  }

  /** What is added to the groups' losses, [K]: zeros unless all of it is positive. */
  double[] addedToLoss() {
    return Arrays.stream(adjustment).allMatch(a -> a > 0)
        ? adjustment.clone()
        : new double[adjustment.length];
  }

  Settings settings() {
    return settings;
  }

  /** Moving average of each group's loss, [K]. */
  public double[] averageLoss() {
    return averageLoss.clone();
  }

  public State state() {
    return new State(probabilities.clone(), averageLoss.clone(), averaged.clone());
  }

  /** Goes on from a state that {@link #state} gave. */
  public void restore(State state) {
    probabilities = state.probabilities().clone();
    averageLoss = state.averageLoss().clone();
    averaged = state.averaged().clone();
  }
}
