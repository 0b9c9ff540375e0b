package io.winnow.sweep;

import java.util.ArrayList;
import java.util.List;

/**
 * A rung of a search: runs of equal length of all arms that are left.
 *
 * @param updates of every run
 * @param seeds of the runs of every arm
 * @param arms in their order; after the first rung the best one first
 */
public record Rung(long updates, List<Long> seeds, List<Arm> arms) {
  /** Of the arms of a rung one in so many goes on, for so many times the updates. */
  static final int ETA = 3;

  /** Seeds of the last rung, which gives the verdict; before it one. */
  static final int SEEDS = 5;

  /** How many arms the rungs have: the last one two. */
  static List<Integer> sizes(int arms) {
    List<Integer> sizes = new ArrayList<>();
    for (int left = arms; left > 2; left = Math.max(2, (left + ETA - 1) / ETA)) {
      sizes.add(left);
    }
    sizes.add(2);
    return sizes;
  }

  /** A rung of so many updates; the last one has more seeds. */
  static Rung of(long updates, long seed, List<Arm> arms, boolean last) {
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < (last ? SEEDS : 1); i++) {
      seeds.add(seed + i);
    }
    return new Rung(updates, seeds, List.copyOf(arms));
  }

  /** The cell of an arm in the search's folder. */
  String cell(Arm arm) {
    return updates + "-" + arm.label();
  }

  /** Its runs: every arm with the first seed, then with the next. */
  List<SweepRun> runs() {
    return seeds.stream()
        .flatMap(seed -> arms.stream().map(arm -> new SweepRun(cell(arm), seed)))
        .toList();
  }

  /** Of a search's base recipe, in the folder of both; it sets lengths and selections. */
  String sweep(String name, String base) {
    StringBuilder text = new StringBuilder("name: " + name + "\nbase: " + base + "\n");
    text.append("seeds: ").append(seeds).append('\n');
    text.append("set: {train.epochs: null, train.steps: ").append(updates).append("}\ncells:\n");
    for (Arm arm : arms) {
      text.append("  ").append(cell(arm)).append(": {prune.method: ").append(arm.method());
      text.append(", prune.ratio: ").append(arm.ratio()).append("}\n");
    }
    return text.toString();
  }
}
