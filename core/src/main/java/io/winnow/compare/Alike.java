package io.winnow.compare;

import io.winnow.artifact.Metric;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Whether two runs can be compared by a distance: what has to be the same about them, and is named
 * where it is not.
 */
final class Alike {
  private Alike() {}

  /**
   * @throws IllegalArgumentException when data, budget or circumstances of the distance differ
   */
  static void require(SeedRun a, DistanceSeries ofA, SeedRun b, DistanceSeries ofB) {
    same(a, b, "images (sha256)", run -> run.evaluated("dataset"), "the same data set");
    same(a, b, "size of the images", run -> run.evaluated("images"), "the same data set");
    same(a, b, "reference (sha256)", run -> run.evaluated("reference"), "the same reference");
    if (a.updates() * a.batch() != b.updates() * b.batch()) {
      throw differ(
          a,
          b,
          "budget",
          budget(a),
          budget(b),
          "as many updates x batch: a longer training is another question. Give both the same"
              + " train.steps and train.batch");
    }
    List<Metric> left = sorted(ofA);
    List<Metric> right = sorted(ofB);
    same(a, b, left.size(), right.size(), "values of " + ofA.name());
    for (int i = 0; i < left.size(); i++) {
      require(a, left.get(i), b, right.get(i));
    }
  }

  private static List<Metric> sorted(DistanceSeries series) {
    return series.metrics().stream()
        .sorted(Comparator.comparing(m -> m.label() == null ? -1 : m.label()))
        .toList();
  }

  private static void require(SeedRun a, Metric left, SeedRun b, Metric right) {
    same(a, b, left.className(), right.className(), "class of a value of " + left.series());
    same(a, b, left.n(), right.n(), "samples of " + left.series());
    same(a, b, left.nReference(), right.nReference(), "reference images of " + left.series());
    same(
        a,
        b,
        left.c().extractor(),
        right.c().extractor(),
        "encoder (name, sha256, input) of " + left.series());
  }

  private static String budget(SeedRun run) {
    return "%,d updates x %d = %,d images"
        .formatted(run.updates(), run.batch(), run.updates() * run.batch());
  }

  private static void same(
      SeedRun a, SeedRun b, String what, Function<SeedRun, String> of, String expected) {
    if (!of.apply(a).equals(of.apply(b))) {
      throw differ(a, b, what, of.apply(a), of.apply(b), expected);
    }
  }

  private static void same(SeedRun a, SeedRun b, Object left, Object right, String what) {
    if (!Objects.equals(left, right)) {
      throw differ(a, b, what, left, right, "the same: distances depend on it");
    }
  }

  private static IllegalArgumentException differ(
      SeedRun a, SeedRun b, String what, Object left, Object right, String expected) {
    return new IllegalArgumentException(
        "%s and %s: %s: %s and %s; expected %s."
            .formatted(a.folder(), b.folder(), what, left, right, expected));
  }
}
