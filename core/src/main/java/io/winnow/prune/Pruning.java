package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** From features to the rows that stay: scoring and selection, together or apart. */
public final class Pruning {
  private Pruning() {}

  /**
   * The scores kept outside a cutoff, per group.
   *
   * @param group "class 3", or "the whole set"
   * @param from scores below this were dropped
   * @param to scores above this were dropped
   */
  public record Cutoff(String group, double from, double to) {}

  /** How much of one class stayed. */
  public record ClassCount(int label, int total, int kept) {}

  /**
   * What was selected, and how.
   *
   * @param kept row numbers, ascending
   * @param scores one per row; NaN where the method has none
   * @param cutoffs per group of the selection; none where the method has no scores
   * @param perClass ascending label
   * @param notes what a user should know, in sentences
   * @param reasons of every row, where steps decided; null where the cutoffs say it
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
  public record Result(
      int[] kept,
      double[] scores,
      List<Cutoff> cutoffs,
      List<ClassCount> perClass,
      List<String> notes,
      @OrNull String[] reasons) {}

  /**
   * Looks at every row, whatever a method would look at.
   *
   * @throws IllegalArgumentException naming the first row with a value that is not finite
   */
  public static void requireFinite(Rows rows) {
    HeldRows.of(rows, IntStream.range(0, rows.count()).toArray(), 0);
  }

  /** Scores, where the method has any and the ratio asks for them, and selects. */
  public static Result select(Rows rows, PruneConfig config, long seed, Progress progress) {
    return select(rows, config, ImageLosses.NONE, seed, progress);
  }

  /**
   * The same where the images are there as well.
   *
   * @param losses of all images, for steps that ask for them
   */
  public static Result select(
      Rows rows, PruneConfig config, ImageLosses losses, long seed, Progress progress) {
    return select(rows, config, losses, seed, progress, new Findings(0));
  }

  static Result select(
      Rows rows,
      PruneConfig config,
      ImageLosses losses,
      long seed,
      Progress progress,
      Findings findings) {
    if (config.steps() == null) {
      int[] all = IntStream.range(0, rows.count()).toArray();
      return alone(rows, config, seed, progress, findings.about(all));
    }
    Steps.Remaining found = steps(rows, config, losses, seed, progress, findings).run();
    List<ClassCount> perClass = count(rows.labels(), found.rows());
    return new Result(
        found.rows(), found.scores(), List.of(), perClass, found.notes(), found.reasons());
  }

  /** The steps of a block that has some. */
  static Steps steps(
      Rows rows,
      PruneConfig config,
      ImageLosses losses,
      long seed,
      Progress progress,
      Findings findings) {
    PruneStep.Presets presets =
        (some, method, ratio, known) -> {
          Result result = alone(some, config.only(method, ratio), seed, progress, known);
          return new PruneStep.Outcome(result.kept(), result.scores(), result.notes());
        };
    return new Steps(rows, config, presets, losses, seed, progress, findings);
  }

  private static Result alone(
      Rows rows, PruneConfig config, long seed, Progress progress, Findings.About known) {
    boolean scored = config.ratio() < 1 && config.method() != Method.UNIFORM;
    Scores scores =
        scored
            ? known.of(
                List.of("scores", config.method()),
                Scores.class,
                () -> score(rows, config, progress))
            : unscored(rows.count());
    return select(scores, rows.labels(), config, seed);
  }

  /**
   * Scores every row; any ratio can be selected from the result.
   *
   * @param progress told of the task {@code score}, in images
   * @throws IllegalArgumentException where a feature is not finite or a model cannot be fitted
   */
  public static Scores score(Rows rows, PruneConfig config, Progress progress) {
    if (config.method() == Method.UNIFORM) {
      return unscored(rows.count());
    }
    progress.begin("score", "images", rows.count(), 0);
    try (Scope scope = Scope.open()) {
      Scorer scorer = config.scorer();
      Rows seen = config.pca() == 0 ? rows : PcaRows.of(rows, config.pca());
      double[] values = scorer.score(seen, progress);
      return new Scores(config.scoring(), values, scorer.notes(seen));
    } finally {
      progress.end();
    }
  }

  /**
   * Selects from scores that exist already.
   *
   * @param labels one per score
   * @param seed only uniform selection draws
   */
  public static Result select(Scores scores, int[] labels, PruneConfig config, long seed) {
    double[] values = scores.values();
    if (values.length != labels.length) {
      throw new IllegalArgumentException(
          String.format(
              "prune: %d scores for %d images; expected one each. Score again.",
              values.length, labels.length));
    }
    List<Cutoff> cutoffs = new ArrayList<>();
    List<String> notes = new ArrayList<>(scores.notes());
    int[] kept;
    if (config.ratio() == 1) {
      kept = IntStream.range(0, labels.length).toArray();
    } else if (config.method() == Method.UNIFORM) {
      kept = uniform(labels, config, seed, notes);
    } else {
      scores.require(config.scoring());
      kept = byScore(values, labels, config, cutoffs, notes);
    }
    List<ClassCount> perClass = count(labels, kept);
    noteEmptied(perClass, notes);
    return new Result(kept, values, cutoffs, perClass, List.copyOf(notes), null);
  }

  private static Scores unscored(int count) {
    double[] none = new double[count];
    Arrays.fill(none, Double.NaN);
    return new Scores("none", none, List.of());
  }

  private static int[] byScore(
      double[] scores, int[] labels, PruneConfig config, List<Cutoff> cutoffs, List<String> notes) {
    Selection selection = config.selection();
    List<int[]> kept = new ArrayList<>();
    List<String> equal = new ArrayList<>();
    for (Group group : Group.of(config.effectiveScope(), labels)) {
      double[] own = IntStream.of(group.rows()).mapToDouble(row -> scores[row]).toArray();
      Selection.Selected selected = selection.select(own, config.ratio());
      if (selected.kept().length == 0) {
        selected = new TopK().select(own, config.ratio());
        equal.add(group.describe());
      }
      cutoffs.add(new Cutoff(group.describe(), selected.from(), selected.to()));
      kept.add(IntStream.of(selected.kept()).map(position -> group.rows()[position]).toArray());
    }
    if (!equal.isEmpty()) {
      notes.add(
          "In "
              + String.join(", ", equal)
              + " no score is above its own percentile (equal scores, or one image); the largest"
              + " were kept by count instead, ties by order.");
    }
    return ascending(kept.stream());
  }

  /**
   * Keeps the quota's number of smallest draws of every class. A draw is a function of the seed and
   * the row number, so it does not change with order, sharding or threads, and a smaller ratio
   * keeps a subset of a larger one.
   */
  private static int[] uniform(int[] labels, PruneConfig config, long seed, List<String> notes) {
    RandomStreams streams = RandomStreams.of(seed);
    List<Group> groups = Group.of(config.effectiveScope(), labels);
    int[] sizes = groups.stream().mapToInt(Group::size).toArray();
    int[] bare = config.quota().counts(sizes, config.ratio());
    int[] counts = config.quota().atLeastOne(sizes, config.ratio());
    long raised = IntStream.range(0, counts.length).filter(g -> counts[g] > bare[g]).count();
    if (raised > 0) {
      notes.add(
          raised
              + " classes are so small that their share rounds to none; one image each was kept.");
    }
    List<int[]> kept = new ArrayList<>();
    for (int g = 0; g < counts.length; g++) {
      int[] members = groups.get(g).rows();
      double[] draws =
          IntStream.of(members).mapToDouble(row -> streams.uniform("prune", row)).toArray();
      int[] positions = Ranking.between(draws, Ranking.sorted(draws), 0, counts[g]);
      kept.add(IntStream.of(positions).map(position -> members[position]).toArray());
    }
    return ascending(kept.stream());
  }

  private static int[] ascending(Stream<int[]> parts) {
    return parts.flatMapToInt(IntStream::of).sorted().toArray();
  }

  private static List<ClassCount> count(int[] labels, int[] kept) {
    boolean[] stays = new boolean[labels.length];
    for (int row : kept) {
      stays[row] = true;
    }
    return Group.byLabel(labels).stream()
        .map(
            group ->
                new ClassCount(
                    group.label(),
                    group.size(),
                    (int) IntStream.of(group.rows()).filter(row -> stays[row]).count()))
        .toList();
  }

  private static void noteEmptied(List<ClassCount> perClass, List<String> notes) {
    List<Integer> emptied =
        perClass.stream().filter(c -> c.kept() == 0).map(ClassCount::label).toList();
    if (!emptied.isEmpty()) {
      notes.add(
          "Classes "
              + emptied
              + " kept no image, because the scores of the whole set were cut together; scope:"
              + " class keeps every class.");
    }
  }
}
