package io.winnow.prune;

import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the numbers at which the decision on one row turns, by selecting again: the values go away
 * from the present one in growing strides until the decision is the other one, then the two sides
 * close in on each other. Where a rule is not monotone in its number it is one of the turns that is
 * found. Values are decimals, a tenth of a row apart or less.
 */
public final class Flips {
  private static final long COARSEST = 10_000;

  private final Reselection again;
  private final PruneConfig block;
  private final int row;
  private final int steps;
  private final long grid;
  private final boolean kept;

  private Flips(Reselection again, PruneConfig block, int row) {
    this.again = again;
    this.block = block;
    this.row = row;
    this.steps = block.steps() == null ? 1 : block.steps().size();
    this.grid = grid(again.count());
    this.kept = again.keeps(block, row, steps);
  }

  private static long grid(int rows) {
    long grid = COARSEST;
    while (grid < 10L * rows) {
      grid *= 10;
    }
    return grid;
  }

  /**
   * One flip for every number that can turn the decision alone; those of late steps first. A row
   * that a step dropped comes back by the numbers of this step and of the block.
   *
   * @param block as it selected
   */
  public static List<Flip> of(Reselection again, PruneConfig block, int row) {
    Flips search = new Flips(again, block, row);
    int last = search.lastStep();
    List<Flip> flips = new ArrayList<>();
    for (Knob knob : Knob.of(block)) {
      boolean ofAll = knob.step() == Knob.BLOCK;
      if (ofAll || search.kept || knob.step() == last - 1) {
        Flip flip = search.flip(knob, ofAll ? search.steps : knob.step() + 1);
        if (flip != null) {
          flips.add(flip);
        }
      }
    }
    return flips;
  }

  /** The last step that received the row, from 1. */
  private int lastStep() {
    int last = 1;
    while (last < steps && again.keeps(block, row, last)) {
      last++;
    }
    return last;
  }

  /**
   * The turn on the way to keeping more rows of a dropped one, and fewer of a kept one.
   *
   * @param until the steps that have to be taken to see it, as those after it are looked at in the
   *     end alone
   * @return null where there is none
   */
  private @OrNull Flip flip(Knob knob, int until) {
    double now = knob.value(block);
    long end = knob.end(!kept, grid);
    boolean up = end > now * grid;
    long start = (long) (up ? Math.floor(now * grid) : Math.ceil(now * grid));
    long stays = start;
    long flips = stride(stays, end, up);
    while (flips != stays && keeps(knob, flips, until) == kept) {
      stays = flips;
      flips = stride(stays, end, up);
    }
    if (flips == stays) {
      return null;
    }
    while (Math.abs(flips - stays) > 1) {
      long middle = stays + (flips - stays) / 2;
      if (keeps(knob, middle, until) == kept) {
        stays = middle;
      } else {
        flips = middle;
      }
    }
    double beside = stays == start ? now : (double) stays / grid;
    Flip found = new Flip(knob.key(), now, (double) flips / grid, beside, !kept);
    return stands(knob, found) ? found : null;
  }

  /** The next value to try; {@code at} itself at the end. */
  private static long stride(long at, long end, boolean up) {
    return up ? Math.min(end, Math.max(at + 1, at + at / 2)) : Math.max(end, at / 2);
  }

  /** A value that the selection refuses (more clusters than rows) turns nothing. */
  private boolean keeps(Knob knob, long value, int until) {
    try {
      return again.keeps(knob.with(block, (double) value / grid), row, until);
    } catch (IllegalArgumentException refused) {
      return kept;
    }
  }

  /** Whether both values say so with every step taken. */
  private boolean stands(Knob knob, Flip found) {
    return again.keeps(knob.with(block, found.flips()), row, steps) != kept
        && again.keeps(knob.with(block, found.stays()), row, steps) == kept;
  }
}
