package io.winnow.pipeline;

import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The class that every sample is asked for. The class of sample i depends on i and on the classes
 * alone: it is the same in another batch size, after a restart, and among fewer or more samples.
 */
final class SampleLabels {
  private SampleLabels() {}

  /**
   * Classes in turn: sample i has class i mod K.
   *
   * @param count samples in all
   */
  static int[] inTurn(int classes, int count) {
    return IntStream.range(0, count).map(i -> i % classes).toArray();
  }

  /**
   * Classes in given proportions, by the quota method of Balinski and Young (1975): sample i goes,
   * among the classes that have had fewer than their share of i + 1 samples, to the one with the
   * most images per sample that it then has, the first one of equals. So after any number of
   * samples every class has its exact share, rounded down or up, and equal shares go in turn.
   *
   * @param sizes images of every class, [K], at least one in all; a class without any gets none
   * @param count samples in all
   */
  static int[] inProportion(long[] sizes, int count) {
    long all = LongStream.of(sizes).sum();
    long[] had = new long[sizes.length];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      int next = -1;
      for (int k = 0; k < sizes.length; k++) {
        boolean belowShare = had[k] * all < sizes[k] * (i + 1L);
        if (belowShare && (next < 0 || sizes[k] * (had[next] + 1) > sizes[next] * (had[k] + 1))) {
          next = k;
        }
      }
      had[next]++;
      labels[i] = next;
    }
    return labels;
  }
}
