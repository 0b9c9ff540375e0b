package io.winnow.prune;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The rows that can still be chosen, by bounds of their gains. Those with the largest bounds are
 * asked some at a time, twice as many each time that is not enough; where as much as a share of all
 * has been asked, all are.
 */
final class LazyGains {
  /** Candidates that are asked first. */
  private static final int FIRST = 64;

  /** All are asked once this share of the work for that has gone into single ones. */
  private static final double PATIENCE = 0.25;

  private static final double STEPS = 0x1p32;

  private final Coverage coverage;
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.BEST_FIRST);
  private int chosen;
  private double spent; // pairs of rows and candidates since all were asked

  /**
   * A row and a bound of its gain.
   *
   * @param chosen number of chosen rows that the bound knows of; exact where these are all
   */
  record Candidate(int row, double gain, int chosen) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble((Candidate c) -> -Math.rint(c.gain * STEPS))
            .thenComparingInt(Candidate::row);
  }

  /** All rows, none chosen. */
  LazyGains(Coverage coverage) {
    this.coverage = coverage;
    double[] alone = coverage.alone();
    for (int row = 0; row < alone.length; row++) {
      queue.add(new Candidate(row, alone[row], 0));
    }
  }

  /** Chooses the row of the largest gain. */
  Candidate take() {
    int some = FIRST;
    while (queue.peek().chosen() < chosen) {
      double all = (double) coverage.changes() * queue.size();
      if (spent >= PATIENCE * all) {
        askAll();
      } else {
        ask(some);
        some *= 2;
      }
    }
    Candidate best = queue.poll();
    coverage.add(best.row());
    chosen++;
    return best;
  }

  private void ask(int some) {
    int[] asked = new int[Math.min(some, queue.size())];
    int count = 0;
    while (count < asked.length && !queue.isEmpty() && queue.peek().chosen() < chosen) {
      asked[count++] = queue.poll().row();
    }
    asked = Arrays.copyOf(asked, count);
    add(asked, coverage.gains(asked));
    spent += (double) coverage.changes() * count;
  }

  private void askAll() {
    int[] all = queue.stream().mapToInt(Candidate::row).sorted().toArray();
    queue.clear();
    double[] gains = coverage.gains(all);
    coverage.remember(all, gains);
    add(all, gains);
    spent = 0;
  }

  private void add(int[] asked, double[] gains) {
    for (int i = 0; i < asked.length; i++) {
      queue.add(new Candidate(asked[i], gains[i], chosen));
    }
  }
}
