package io.winnow.prune;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.Tag;
import io.winnow.config.TaggedBy;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * One step of a {@code prune} block that is a list: it takes rows with the scores they have so far
 * and keeps some of them. An absent {@code ratio} is whatever leaves the block's own share of the
 * whole set; {@code random} is the share of the kept that is drawn by chance instead.
 */
@TaggedBy("step")
public sealed interface PruneStep {
  /** Share of the received rows to keep, in (0, 1]; null for the block's share of the whole set. */
  @OrNull
  Double ratio();

  /** Share of the kept rows that is drawn of all received ones, in [0, 1]; null for none. */
  @OrNull
  Double random();

  /** The step as a recipe names it. */
  String name();

  /** Whether the step looks at features. */
  default boolean readsFeatures() {
    return true;
  }

  /** Folders of the networks whose losses the step looks at. */
  default List<String> models() {
    return List.of();
  }

  /** The rule without the random share. */
  Outcome apply(Rows rows, double[] scores, Task task);

  /**
   * What a step is told.
   *
   * @param ratio share of the received rows to keep by the rule
   * @param scope of the block
   * @param presets the block's own methods
   * @param images positions of the received rows in the data set, ascending
   * @param losses of the images of the data set
   * @param known about the received rows
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Task(
      double ratio,
      Grouping scope,
      Presets presets,
      int[] images,
      ImageLosses losses,
      RandomStreams random,
      Progress progress,
      Findings.About known) {}

  /** The methods of a block with its options. */
  interface Presets {
    /** Keeps a share of rows; the scores are NaN where the method gives none. */
    Outcome select(Rows rows, Method method, double ratio, Findings.About known);
  }

  /**
   * What a step found.
   *
   * @param kept positions of the received rows that stay, ascending
   * @param scores of the received rows; NaN where there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Outcome(int[] kept, double[] scores, List<String> notes) {}

  /** One of the block's own methods with the block's options. */
  @Tag("preset")
  record Preset(Method method, @OrNull Double ratio, @OrNull Double random) implements PruneStep {
    public Preset {
      requireShares(ratio, random);
    }

    @Override
    public String name() {
      return method.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public boolean readsFeatures() {
      return method != Method.UNIFORM;
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      Outcome found = task.presets().select(rows, method, task.ratio(), task.known());
      boolean scored = rows.count() > 0 && !Double.isNaN(found.scores()[0]);
      return scored ? found : new Outcome(found.kept(), scores, found.notes());
    }
  }

  /**
   * {@link NearDuplicates} inside clusters; the score is the largest cosine with an earlier row.
   */
  @Tag("near-duplicates")
  record Duplicates(
      @OrNull Double eps,
      @OrNull Integer clusters,
      @OrNull NearDuplicates.Keep keep,
      @OrNull Double ratio)
      implements PruneStep {
    public Duplicates {
      requireShares(ratio, null);
      requireClusters(clusters);
      Check.that(
          eps == null || (eps >= 0 && eps <= 2),
          "eps is %s, but must be in [0, 2]; 0.05 drops what has a cosine above 0.95 with another"
              + " image.",
          eps);
      Check.that(
          eps == null || ratio == null,
          "eps and ratio are both given. eps decides how many stay; take one of the two out.");
    }

    @Override
    public @OrNull Double random() {
      return null;
    }

    @Override
    public String name() {
      return "near-duplicates";
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      List<Object> asked = Arrays.asList(name(), clusters, keep);
      Alike found = task.known().of(asked, Alike.class, () -> alike(rows, task));
      int[] kept =
          eps == null
              ? new Closest().select(found.maxima, task.ratio()).kept()
              : NearDuplicates.kept(found.maxima, eps);
      return new Outcome(kept, found.maxima, found.notes);
    }

    /** Of every row, its largest cosine with an earlier one of its cluster. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    private record Alike(double[] maxima, List<String> notes) {}

    private Alike alike(Rows rows, Task task) {
      double[] maxima = new double[rows.count()];
      try (Scope scope = Scope.open()) {
        KMeans.Clusters found =
            Clustering.of(new UnitRows(rows), clusters, true, task.random(), task.progress());
        for (int[] members : Clustering.members(found)) {
          int[] ordered = NearDuplicates.ordered(members, found.squared(), keep, task.random());
          double[] own = NearDuplicates.maxima(rows, ordered);
          for (int i = 0; i < own.length; i++) {
            maxima[ordered[i]] = own[i];
          }
        }
        return new Alike(maxima, Clustering.notes(found));
      }
    }
  }

  /** How many rows each cluster gives. */
  enum Quota {
    /** The same share of every cluster, truncated, at least one row. */
    SHARE,
    /** The same number of every cluster, as far as it has that many; the rest share the surplus. */
    EQUAL,
    /** Whatever the distances over the whole set give: SSL prototypes (Sorscher et al., 2022). */
    NONE
  }

  /** k-means clusters and the distance to their centres: cluster pruning and balancing. */
  @Tag("clusters")
  record Clusters(
      @OrNull Integer clusters,
      @OrNull ClusterSelection keep,
      @OrNull Quota quota,
      @OrNull Double ratio,
      @OrNull Double random)
      implements PruneStep {
    public Clusters {
      requireShares(ratio, random);
      requireClusters(clusters);
    }

    @Override
    public String name() {
      return "clusters";
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      Around found =
          task.known().of(Arrays.asList(name(), clusters), Around.class, () -> around(rows, task));
      return new Outcome(kept(found, task.ratio()), found.distances, found.notes);
    }

    /** Rows of every cluster, and the distance of every row to its centre. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    private record Around(List<int[]> members, double[] distances, List<String> notes) {}

    private Around around(Rows rows, Task task) {
      try (Scope scope = Scope.open()) {
        KMeans.Clusters found =
            Clustering.of(rows, clusters, false, task.random(), task.progress());
        double[] distances = Arrays.stream(found.squared()).map(Math::sqrt).toArray();
        return new Around(Clustering.members(found), distances, Clustering.notes(found));
      }
    }

    private int[] kept(Around found, double ratio) {
      ClusterSelection which = keep == null ? ClusterSelection.MIDDLE : keep;
      double[] distances = found.distances;
      int total = Group.count(distances.length, ratio);
      if (quota == Quota.NONE) {
        return which.count(distances, total);
      }
      int[] sizes = found.members.stream().mapToInt(rows -> rows.length).toArray();
      int[] budgets = Strata.budgets(sizes, total);
      return IntStream.range(0, sizes.length)
          .mapToObj(
              c -> {
                int[] rows = found.members.get(c);
                double[] own = IntStream.of(rows).mapToDouble(row -> distances[row]).toArray();
                int[] some =
                    quota == Quota.EQUAL ? which.count(own, budgets[c]) : share(which, own, ratio);
                return IntStream.of(some).map(position -> rows[position]).toArray();
              })
          .flatMapToInt(IntStream::of)
          .sorted()
          .toArray();
    }

    private static int[] share(ClusterSelection which, double[] distances, double ratio) {
      int[] kept = which.keep(distances, ratio);
      return kept.length > 0 || distances.length == 0 ? kept : which.count(distances, 1);
    }
  }

  /** {@link Strata} of the scores so far (CCS), drawn inside each. */
  @Tag("strata")
  record Stratified(
      @OrNull Double drop, @OrNull Integer strata, @OrNull Double ratio, @OrNull Double random)
      implements PruneStep {
    public Stratified {
      requireShares(ratio, random);
      Check.that(
          drop == null || (drop >= 0 && drop < 1),
          "drop is %s, but must be in [0, 1): the share with the largest scores to leave out.",
          drop);
      Check.that(
          strata == null || strata >= 1,
          "strata is %s, but must be 1 or more; CCS has 50.",
          strata);
    }

    @Override
    public String name() {
      return "strata";
    }

    @Override
    public boolean readsFeatures() {
      return false;
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      if (scores.length > 0 && Double.isNaN(scores[0])) {
        throw Strata.withoutScores();
      }
      int[] kept =
          Strata.drawn(
              scores,
              drop == null ? 0 : drop,
              strata == null ? 50 : strata,
              Group.count(scores.length, task.ratio()),
              task.random());
      return new Outcome(kept, scores, List.of());
    }
  }

  /** {@link KCenterGreedy}; the score is the place in the order of choice. */
  @Tag("k-center")
  record KCenter(@OrNull Grouping scope, @OrNull Double ratio, @OrNull Double random)
      implements PruneStep {
    public KCenter {
      requireShares(ratio, random);
    }

    @Override
    public String name() {
      return "k-center";
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      return greedy(
          rows, name(), scope, task, (some, n) -> KCenterGreedy.order(some, new int[0], n).order());
    }
  }

  /** {@link Herding}; the score is the place in the order of choice. */
  @Tag("herding")
  record Herded(@OrNull Grouping scope, @OrNull Double ratio, @OrNull Double random)
      implements PruneStep {
    public Herded {
      requireShares(ratio, random);
    }

    @Override
    public String name() {
      return "herding";
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      return greedy(rows, name(), scope, task, Herding::order);
    }
  }

  /** {@link FacilityLocation}; the score is the place in the order of choice. */
  @Tag("facility-location")
  record Facilities(@OrNull Grouping scope, @OrNull Double ratio, @OrNull Double random)
      implements PruneStep {
    public Facilities {
      requireShares(ratio, random);
    }

    @Override
    public String name() {
      return "facility-location";
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      return greedy(
          rows, name(), scope, task, (some, n) -> FacilityLocation.order(some, n).order());
    }
  }

  /**
   * By {@link LossScores}, which are the scores: the difficulty for a network or, with a reference,
   * the margin over it.
   */
  @Tag("diffusion-loss")
  record Losses(
      String model,
      @OrNull String reference,
      @OrNull Integer levels,
      @OrNull RankRule keep,
      @OrNull Grouping scope,
      @OrNull Double ratio,
      @OrNull Double random)
      implements PruneStep {
    private static final int LEVELS = 8;

    public Losses {
      requireShares(ratio, random);
      Check.that(
          levels == null || levels >= 1,
          "levels is %s, but must be 1 or more noise levels; null for %s.",
          levels,
          LEVELS);
    }

    @Override
    public String name() {
      return "diffusion-loss";
    }

    @Override
    public boolean readsFeatures() {
      return false;
    }

    @Override
    public List<String> models() {
      return reference == null ? List.of(model) : List.of(model, reference);
    }

    /** How many noise levels the networks are asked at. */
    public int asked() {
      return levels == null ? LEVELS : levels;
    }

    @Override
    public Outcome apply(Rows rows, double[] scores, Task task) {
      List<Object> what = Arrays.asList(name(), model, reference, asked());
      double[] own = task.known().of(what, double[].class, () -> scores(task));
      RankRule rule =
          keep != null ? keep : reference == null ? RankRule.INTERVAL : RankRule.HIGHEST;
      List<Group> groups = Group.of(scope == null ? task.scope() : scope, rows.labels());
      int[] kept =
          groups.stream()
              .flatMapToInt(
                  group -> rule.select(own, group, Group.count(group.size(), task.ratio())))
              .sorted()
              .toArray();
      return new Outcome(kept, own, List.of());
    }

    private double[] scores(Task task) {
      double[][] losses = task.losses().of(model, asked());
      double[] all =
          reference == null
              ? LossScores.difficulty(losses)
              : LossScores.margin(losses, task.losses().of(reference, asked()));
      return IntStream.of(task.images()).mapToDouble(image -> all[image]).toArray();
    }
  }

  private static Outcome greedy(
      Rows rows,
      String name,
      @OrNull Grouping scope,
      Task task,
      BiFunction<Rows, Integer, int[]> order) {
    Grouping grouping = scope == null ? task.scope() : scope;
    GreedyChoice found = GreedyChoice.of(rows, grouping, task.ratio(), task.known(), name, order);
    return new Outcome(found.kept(), found.places(), List.of());
  }

  private static void requireShares(@OrNull Double ratio, @OrNull Double random) {
    Check.that(
        ratio == null || (ratio > 0 && ratio <= 1),
        "ratio is %s, but must be a fraction in (0, 1], of the images that reach the step.",
        ratio);
    Check.that(
        random == null || (random >= 0 && random <= 1),
        "random is %s, but must be a fraction in [0, 1], of the images that the step keeps.",
        random);
  }

  private static void requireClusters(@OrNull Integer clusters) {
    Check.that(
        clusters == null || clusters >= 1,
        "clusters is %s, but must be 1 or more; null for one per 500 images.",
        clusters);
  }
}
