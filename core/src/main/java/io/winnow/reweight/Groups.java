package io.winnow.reweight;

import java.util.ArrayList;
import java.util.List;

/**
 * The classes that have a sample in the coreset. A mixture runs over these K; everything that
 * leaves the room runs over all classes, the empty ones included.
 */
final class Groups {
  private final int[] active; // [all classes], -1 for an empty one
  private final double[] frequency; // [K]

  /** {@code counts}: coreset samples of each class; 0 leaves a class out. */
  Groups(long[] counts) {
    active = new int[counts.length];
    double all = 0;
    int present = 0;
    for (int c = 0; c < counts.length; c++) {
      active[c] = counts[c] > 0 ? present++ : -1;
      all += (double) counts[c];
    }
    frequency = new double[present];
    for (int c = 0; c < counts.length; c++) {
      if (active[c] >= 0) {
        frequency[active[c]] = (double) counts[c] / all;
      }
    }
  }

  /** K, the non-empty classes. */
  int size() {
    return frequency.length;
  }

  /** Position of a class among the non-empty ones. */
  int active(int group) {
    if (active[group] < 0) {
      throw new IllegalArgumentException(
          "reweight: a sample of class " + group + ", which has no sample in the coreset");
    }
    return active[group];
  }

  /** Positions of the classes of a batch, [B]. */
  int[] active(int[] batch) {
    int[] positions = new int[batch.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = active(batch[i]);
    }
    return positions;
  }

  /** p: share of each non-empty class in the coreset, [K]. */
  double[] frequency() {
    return frequency.clone();
  }

  /** Loss weights w_c = alpha_c / p_c by class; an empty class stands as 1. */
  double[] weights(double[] mixture) {
    double[] weights = new double[active.length];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = active[c] < 0 ? 1 : mixture[active[c]] / frequency[active[c]];
    }
    return weights;
  }

  /** Values over the non-empty classes, spread over all of them; an empty class has 0. */
  double[] overAll(double[] values) {
    double[] wide = new double[active.length];
    for (int c = 0; c < wide.length; c++) {
      wide[c] = active[c] < 0 ? 0 : values[active[c]];
    }
    return wide;
  }

  /** A sentence for every empty class. */
  List<String> warnings(List<String> classes) {
    List<String> warnings = new ArrayList<>();
    for (int c = 0; c < active.length; c++) {
      if (active[c] < 0) {
        warnings.add(
            "class "
                + classes.get(c)
                + " has no sample in the coreset; it is absent and its weight (written as 1) means"
                + " nothing");
      }
    }
    return warnings;
  }
}
