package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The steps of a {@code prune} block, one after the other. */
final class Steps {
  private final Rows rows;
  private final PruneConfig config;
  private final PruneStep.Presets presets;
  private final ImageLosses losses;
  private final RandomStreams random;
  private final Progress progress;
  private final Findings findings;
  private final double[] scores; // [N], the last that a row was given
  private final String[] reasons; // [N]
  private final List<String> notes = new ArrayList<>();
  private int[] remaining;

  /**
   * What remained.
   *
   * @param rows ascending
   * @param scores of all rows, the last that each was given; NaN for none
   * @param reasons of all rows
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Remaining(int[] rows, double[] scores, String[] reasons, List<String> notes) {}

  /**
   * Steps before the first.
   *
   * @param losses of all images, for steps that ask for them
   * @param findings of other runs of these steps on these rows
   */
  Steps(
      Rows rows,
      PruneConfig config,
      PruneStep.Presets presets,
      ImageLosses losses,
      long seed,
      Progress progress,
      Findings findings) {
    this.presets = presets;
    this.losses = losses;
    this.rows = rows;
    this.config = config;
    this.random = RandomStreams.of(seed);
    this.progress = progress;
    this.findings = findings;
    this.scores = new double[rows.count()];
    Arrays.fill(scores, Double.NaN);
    this.reasons = new String[rows.count()];
    this.remaining = IntStream.range(0, rows.count()).toArray();
  }

  /** What remains of the rows, and why. */
  Remaining run() {
    for (int i = 0; i < config.steps().size(); i++) {
      take(config.steps().get(i), i + 1);
    }
    return new Remaining(remaining, scores, reasons, notes);
  }

  /** Whether a row remains after the first {@code count} steps. */
  boolean keeps(int row, int count) {
    for (int i = 0; i < count; i++) {
      take(config.steps().get(i), i + 1);
      if (Arrays.binarySearch(remaining, row) < 0) {
        return false;
      }
    }
    return true;
  }

  private void take(PruneStep step, int number) {
    Rows received = new SubRows(rows, remaining);
    double ratio = ratio(step.ratio(), number);
    double[] before = IntStream.of(remaining).mapToDouble(row -> scores[row]).toArray();
    double chance = step.random() == null ? 0 : step.random();
    PruneStep.Outcome found =
        chance == 1
            ? new PruneStep.Outcome(new int[0], before, List.of())
            : step.apply(received, before, task(ratio * (1 - chance)));
    boolean[] stays = new boolean[remaining.length];
    IntStream.of(found.kept()).forEach(position -> stays[position] = true);
    boolean[] drawn = new boolean[remaining.length];
    for (int position : drawn(stays, chance, ratio, number)) {
      drawn[position] = true;
    }
    String name = "step " + number + ", " + step.name() + ": ";
    for (int i = 0; i < remaining.length; i++) {
      scores[remaining[i]] = found.scores()[i];
      reasons[remaining[i]] =
          name
              + (drawn[i] ? "kept by chance" : stays[i] ? "kept" : "dropped")
              + score(found.scores()[i]);
    }
    found.notes().forEach(note -> notes.add(name + note));
    remaining =
        IntStream.range(0, stays.length)
            .filter(i -> stays[i] || drawn[i])
            .map(i -> remaining[i])
            .toArray();
  }

  private PruneStep.Task task(double ratio) {
    return new PruneStep.Task(
        ratio,
        config.scope(),
        presets,
        remaining,
        losses,
        random,
        progress,
        findings.about(remaining));
  }

  /** Positions of the random share: of those that the rule left, the smallest draws. */
  private int[] drawn(boolean[] stays, double chance, double ratio, int number) {
    if (chance == 0) {
      return new int[0];
    }
    long kept = IntStream.range(0, stays.length).filter(i -> stays[i]).count();
    long wanted = Math.max(0, (long) Math.floor(ratio * stays.length + 0.5) - kept);
    return IntStream.range(0, stays.length)
        .filter(i -> !stays[i])
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                    (Integer i) -> random.uniform("prune.step", number, remaining[i]))
                .thenComparing(i -> i))
        .limit(wanted)
        .mapToInt(i -> i)
        .toArray();
  }

  private double ratio(@OrNull Double own, int number) {
    if (own != null) {
      return own;
    }
    double wanted = config.ratio() * rows.count();
    if (wanted > remaining.length) {
      notes.add(
          "step "
              + number
              + " received "
              + remaining.length
              + " images, fewer than prune.ratio asks for, and kept them all.");
    }
    return Math.min(1, wanted / Math.max(1, remaining.length));
  }

  private static String score(double score) {
    return Double.isNaN(score) ? "" : String.format(Locale.ROOT, ", score %.6g", score);
  }
}
