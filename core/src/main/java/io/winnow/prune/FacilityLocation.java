package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Facility location: rows S that make the sum over all rows i of max over j in S of sim(i, j) as
 * large as a greedy choice can, sim = (1 + cosine) / 2. The sum is within 1 - 1/e of the largest
 * possible (Nemhauser, Wolsey and Fisher, 1978).
 *
 * <p>Lazy (Minoux, 1978): a gain never grows, so one that was found earlier bounds it, and only the
 * rows with the largest bounds are asked again, some at a time in one matrix product. Similarities
 * are made when they are needed and never kept: memory grows with the rows, not with their square.
 * Gains are compared in steps of 2^-32, so that those which are equal but for rounding go to the
 * lower row.
 */
public final class FacilityLocation {
  /** Candidates whose gains are found at a time. */
  private static final int AT_ONCE = 64;

  private static final double STEPS = 0x1p32;
  private static final Scalar HALF = Tensors.constant(0.5);

  private FacilityLocation() {}

  /**
   * What was chosen.
   *
   * @param order rows in the order of choice
   * @param gains by how much each one raised the sum; they never grow
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Chosen(int[] order, double[] gains) {
    /** The sum that was reached. */
    public double objective() {
      return Arrays.stream(gains).sum();
    }
  }

  /** A row and a bound of its gain, exact where {@code chosen} rows were known. */
  private record Candidate(int row, double gain, int chosen) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble((Candidate c) -> -Math.rint(c.gain * STEPS))
            .thenComparingInt(Candidate::row);
  }

  /** Chooses {@code count} rows. */
  public static Chosen order(Rows rows, int count) {
    try (Scope scope = Scope.open()) {
      HeldRows held = HeldRows.of(new UnitRows(rows));
      int[] order = new int[Math.min(held.count(), count)];
      double[] gains = new double[order.length];
      Tensor covered = LinearAlgebra.zeros(held.count()); // [N], the largest similarity so far
      PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.BEST_FIRST);
      queue.addAll(alone(held));
      for (int i = 0; i < order.length; i++) {
        Candidate best = best(held, covered, queue, i);
        order[i] = best.row();
        gains[i] = best.gain();
        cover(held, best.row(), covered);
      }
      return new Chosen(order, gains);
    }
  }

  /** Gains of single rows: no similarity is negative, so each is a sum, N / 2 + x . sum / 2. */
  private static List<Candidate> alone(HeldRows held) {
    Candidate[] candidates = new Candidate[held.count()];
    try (Scope scope = Scope.open()) {
      Tensor mean = held.mean();
      held.forEachBlock(
          (block, first) -> {
            double[] products = Tensors.doubles(torch.mv(block, mean));
            for (int i = 0; i < products.length; i++) {
              double gain = candidates.length * (0.5 + 0.5 * products[i]);
              candidates[first + i] = new Candidate(first + i, gain, 0);
            }
          });
    }
    return List.of(candidates);
  }

  /** The row of the largest gain; leaves the queue. */
  private static Candidate best(
      HeldRows held, Tensor covered, PriorityQueue<Candidate> queue, int chosen) {
    while (queue.peek().chosen() < chosen) {
      int[] asked = new int[Math.min(AT_ONCE, queue.size())];
      int count = 0;
      while (count < asked.length && !queue.isEmpty() && queue.peek().chosen() < chosen) {
        asked[count++] = queue.poll().row();
      }
      asked = Arrays.copyOf(asked, count);
      double[] gains = gains(held, covered, asked);
      for (int i = 0; i < count; i++) {
        queue.add(new Candidate(asked[i], gains[i], chosen));
      }
    }
    return queue.poll();
  }

  /** By how much each of some rows would raise the sum. */
  private static double[] gains(HeldRows held, Tensor covered, int[] asked) {
    try (Scope scope = Scope.open()) {
      Tensor candidates = LinearAlgebra.float64(held.gather(asked)).t(); // [d, c]
      Tensor sums = LinearAlgebra.zeros(asked.length); // [c]
      held.forEachBlock(
          (block, first) -> {
            Tensor best = covered.narrow(0, first, block.size(0)).unsqueeze(1); // [n, 1]
            Tensor more = similarities(block, candidates).sub_(best).relu_(); // [n, c]
            sums.add_(more.sum(0));
          });
      return Tensors.doubles(sums);
    }
  }

  private static void cover(HeldRows held, int row, Tensor covered) {
    try (Scope scope = Scope.open()) {
      Tensor chosen = held.row(row).unsqueeze(1); // [d, 1]
      held.forEachBlock(
          (block, first) -> {
            Tensor own = covered.narrow(0, first, block.size(0)); // [n]
            own.copy_(own.maximum(similarities(block, chosen).squeeze(1)));
          });
    }
  }

  /** (1 + cosine) / 2, [n, c]. */
  private static Tensor similarities(Tensor block, Tensor columns) {
    return torch.mm(block, columns).mul_(HALF).add_(HALF);
  }
}
