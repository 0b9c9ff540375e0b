package io.winnow.prune;

import io.winnow.prune.PruneStep.Clusters;
import io.winnow.prune.PruneStep.Duplicates;
import io.winnow.prune.PruneStep.Facilities;
import io.winnow.prune.PruneStep.Herded;
import io.winnow.prune.PruneStep.KCenter;
import io.winnow.prune.PruneStep.Losses;
import io.winnow.prune.PruneStep.Preset;
import io.winnow.prune.PruneStep.Stratified;
import java.util.ArrayList;
import java.util.List;

/**
 * A number of a {@code prune} block that decides how many rows stay.
 *
 * @param step that it belongs to, from 0; {@link #BLOCK} for the block's own
 */
record Knob(int step, Kind kind) {
  static final int BLOCK = -1;

  /** What the number is. */
  enum Kind {
    /** The share that stays, in (0, 1]. */
    RATIO("ratio"),
    /** Of near-duplicates, in [0, 2]: what is less alike stays. */
    EPS("eps"),
    /** Of strata, in [0, 1): the share of the largest scores that goes. */
    DROP("drop");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /** The numbers that a block has, those of late steps first. */
  static List<Knob> of(PruneConfig block) {
    List<Knob> knobs = new ArrayList<>();
    if (block.steps() == null) {
      return List.of(new Knob(BLOCK, Kind.RATIO));
    }
    boolean shared = false;
    for (int i = block.steps().size() - 1; i >= 0; i--) {
      PruneStep step = block.steps().get(i);
      boolean eps = step instanceof Duplicates duplicates && duplicates.eps() != null;
      shared |= step.ratio() == null && !eps;
      if (step.ratio() != null) {
        knobs.add(new Knob(i, Kind.RATIO));
      } else if (eps) {
        knobs.add(new Knob(i, Kind.EPS));
      }
      if (step instanceof Stratified strata && strata.drop() != null) {
        knobs.add(new Knob(i, Kind.DROP));
      }
    }
    if (shared) {
      knobs.add(new Knob(BLOCK, Kind.RATIO));
    }
    return knobs;
  }

  /** As a recipe names it. */
  String key() {
    return step == BLOCK ? "prune.ratio" : "prune.steps[" + step + "]." + kind.word;
  }

  double value(PruneConfig block) {
    if (step == BLOCK) {
      return block.ratio();
    }
    PruneStep own = block.steps().get(step);
    return switch (kind) {
      case RATIO -> own.ratio();
      case EPS -> ((Duplicates) own).eps();
      case DROP -> ((Stratified) own).drop();
    };
  }

  /** The block with another value of it. */
  PruneConfig with(PruneConfig block, double value) {
    if (step == BLOCK) {
      return block.with(value, block.steps());
    }
    List<PruneStep> steps = new ArrayList<>(block.steps());
    steps.set(step, with(steps.get(step), value));
    return block.with(block.ratio(), steps);
  }

  private PruneStep with(PruneStep own, double value) {
    if (own instanceof Duplicates s) {
      return kind == Kind.EPS
          ? new Duplicates(value, s.clusters(), s.keep(), null)
          : new Duplicates(null, s.clusters(), s.keep(), value);
    } else if (own instanceof Stratified s) {
      return kind == Kind.DROP
          ? new Stratified(value, s.strata(), s.ratio(), s.random())
          : new Stratified(s.drop(), s.strata(), value, s.random());
    } else if (own instanceof Preset s) {
      return new Preset(s.method(), value, s.random());
    } else if (own instanceof Clusters s) {
      return new Clusters(s.clusters(), s.keep(), s.quota(), value, s.random());
    } else if (own instanceof KCenter s) {
      return new KCenter(s.scope(), value, s.random());
    } else if (own instanceof Herded s) {
      return new Herded(s.scope(), value, s.random());
    } else if (own instanceof Losses s) {
      return new Losses(
          s.model(), s.reference(), s.levels(), s.keep(), s.scope(), value, s.random());
    }
    return new Facilities(((Facilities) own).scope(), value, own.random());
  }

  /**
   * The last value on the way to keeping more, or fewer, in steps of 1 / {@code grid}.
   *
   * @param more whether more rows are to stay
   */
  long end(boolean more, long grid) {
    if (kind == Kind.RATIO) {
      return more ? grid : 1;
    }
    return more ? 0 : kind == Kind.EPS ? 2 * grid : grid - 1;
  }
}
