package io.winnow.train;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The order in which an epoch visits its images: a pure function of (seed, epoch, which images).
 * Every image once in a random order or, with probabilities for the groups, drawn with replacement:
 * the group first, then one of its images.
 */
final class EpochOrder {
  private final RandomStreams random;
  private final int[] groups; // [N]
  private final double[] probabilities; // [K], or null

  EpochOrder(RandomStreams random, int[] groups, double[] probabilities) {
    this.random = random;
    this.groups = groups;
    this.probabilities = probabilities;
  }

  /** Positions in the data set, as many as {@code indices} has. */
  int[] of(int epoch, int[] indices, boolean weighted) {
    long identity = Long.parseUnsignedLong(TrainSet.hash(indices).substring(0, 16), 16);
    if (weighted && probabilities != null) {
      return drawn(indices, random.bits("train.draw", epoch, identity));
    }
    int[] order = random.permutation(indices.length, "train.order", epoch, identity);
    return Arrays.stream(order).map(i -> indices[i]).toArray();
  }

  private int[] drawn(int[] indices, long seed) {
    int[][] members = new int[probabilities.length][];
    double[] upTo = new double[probabilities.length];
    double sum = 0;
    for (int c = 0; c < members.length; c++) {
      int group = c;
      members[c] = Arrays.stream(indices).filter(i -> groups[i] == group).toArray();
      sum += members[c].length > 0 ? probabilities[c] : 0;
      upTo[c] = sum;
    }
    SplittableRandom draws = new SplittableRandom(seed);
    int[] order = new int[indices.length];
    for (int i = 0; i < order.length; i++) {
      int c = Arrays.binarySearch(upTo, draws.nextDouble() * sum);
      c = c < 0 ? -c - 1 : c + 1;
      while (members[c].length == 0) {
        c++;
      }
      order[i] = members[c][draws.nextInt(members[c].length)];
    }
    return order;
  }
}
