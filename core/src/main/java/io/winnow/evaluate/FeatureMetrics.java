package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metric.Kind;
import io.winnow.config.OrNull;
import io.winnow.eval.Cmmd;
import io.winnow.eval.FdInfinity;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.Kid;
import io.winnow.eval.PrecisionRecall;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Metrics of two sets of features of one encoder (evaluation.md). Frechet distances stream; kernel
 * distances and neighbours need rows in memory and take a stated, drawn part of larger sets.
 */
final class FeatureMetrics {
  private static final long IN_MEMORY_BYTES = 1L << 30;
  private static final int NEIGHBOURS = 3;

  private final Features samples;
  private final @OrNull Features reference;
  private final RandomStreams streams;
  private final Circumstances circumstances;
  private final Cache cache;

  /**
   * Where statistics of a reference set come from.
   *
   * @param folder where they are kept
   * @param referenceHash identifies the reference's images
   * @param known those of a file, which stand for the reference's images; null to compute them
   */
  record Cache(Path folder, String referenceHash, @OrNull FrechetStatistics known) {
    Cache(Path folder, String referenceHash) {
      this(folder, referenceHash, null);
    }
  }

  /**
   * @param reference null where the cache knows its statistics and nothing else is measured
   * @param seed of subset draws
   * @param circumstances of the samples; counts and encoder are filled in here
   */
  FeatureMetrics(
      Features samples,
      @OrNull Features reference,
      long seed,
      Circumstances circumstances,
      Cache cache) {
    if (reference != null) {
      samples.requireEncoder(reference.encoder(), "samples");
    }
    this.samples = samples;
    this.reference = reference;
    this.streams = RandomStreams.of(seed);
    this.circumstances = circumstances;
    this.cache = cache;
  }

  /** The values of one metric: one, or one per class, or one per aspect. */
  List<Metric> measure(MetricKind kind) {
    return switch (kind) {
      case FD, FID, SFID, FD_DINOV2 -> List.of(pooled());
      case CLASS_FD, CLASS_FID -> byClass();
      case KID -> kid();
      case PRECISION_RECALL -> precisionRecall();
      case CMMD -> cmmd();
      case FD_INFINITY -> List.of(infinity());
      case INCEPTION_SCORE, CLASS_AGREEMENT, MEMORISATION ->
          throw new IllegalStateException(kind + " is not a comparison of two sets of features");
    };
  }

  private Metric pooled() {
    try (Scope scope = Scope.open()) {
      return frechet(LabelledFeatures.statistics(samples), referenceStatistics());
    }
  }

  /** Of all the reference, computed once per identity. */
  private FrechetStatistics referenceStatistics() {
    return cache.known() != null
        ? cache.known()
        : FrechetStatistics.cached(
            cache.folder(),
            cache.referenceHash() + " " + encoder().hash(),
            () -> LabelledFeatures.statistics(reference));
  }

  /**
   * What real images alone would score for a Frechet distance, pooled or class by class; none for
   * other metrics, or where the reference has statistics alone.
   */
  List<Metric> floors(MetricKind kind) {
    if (reference == null) {
      return List.of();
    }
    Floors floors = new Floors(reference, streams, circumstances);
    if (kind.byClass()) {
      List<String> classes = reference.classes();
      LabelledFeatures own = LabelledFeatures.numberedAs(samples, classes);
      return IntStream.range(0, classes.size())
          .mapToObj(label -> floors.ofClass(label, own.count(label)))
          .flatMap(Optional::stream)
          .toList();
    }
    return kind.pooledDistance() ? floors.pooled(samples.rows()) : List.of();
  }

  private List<Metric> byClass() {
    List<String> classes = reference.classes();
    LabelledFeatures own = LabelledFeatures.numberedAs(samples, classes);
    LabelledFeatures theirs = LabelledFeatures.of(reference);
    for (int label = 0; label < classes.size(); label++) {
      requireTwo(classes.get(label), own.count(label), theirs.count(label));
    }
    return FrechetDistance.byClass(own, theirs).stream()
        .map(d -> frechet(d.label(), classes.get(d.label()), d.distance(), d.n1(), d.n2()))
        .toList();
  }

  private static void requireTwo(String className, int own, int theirs) {
    if (own < 2 || theirs < 2) {
      throw new IllegalArgumentException(
          "class-wise distances: class "
              + className
              + " has "
              + own
              + " of the samples and "
              + theirs
              + " of the reference images, but at least 2 of each are needed. Draw more samples,"
              + " or ask for the pooled distance alone (fd).");
    }
  }

  private Metric frechet(FrechetStatistics a, FrechetStatistics b) {
    return frechet(null, null, FrechetDistance.of(a, b), a.count(), b.count());
  }

  private Metric frechet(
      @OrNull Integer label, @OrNull String className, double distance, long n, long nReference) {
    List<String> notes = new ArrayList<>();
    FrechetDistance.warning(n, nReference, samples.dimension()).ifPresent(notes::add);
    return new Metric(
        Kind.frechet(encoder()), label, className, distance, at(n, nReference, notes));
  }

  private List<Metric> kid() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = inMemory(samples, "samples", notes);
      Tensor y = inMemory(reference, "reference images", notes);
      Kid.Estimate kid = Kid.of(x, y, streams);
      notes.add(interval(kid));
      return List.of(plain(Kind.KID, kid.mean(), notes));
    }
  }

  /** Subsets that hold all rows of a side differ by nothing that could be an interval. */
  static String interval(Kid.Estimate kid) {
    if (kid.std() != null) {
      return String.format(
          Locale.ROOT, "std %.3g over %d subsets of %d", kid.std(), kid.subsets(), kid.size());
    }
    return String.format(
        Locale.ROOT,
        "no interval: a subset of %d holds all of %s (an interval needs more than %d on both)",
        kid.size(),
        kid.subsets() == 1 ? "both sides" : "the smaller side",
        Kid.Protocol.USUAL.size());
  }

  private List<Metric> precisionRecall() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      PrecisionRecall both =
          PrecisionRecall.of(
              inMemory(reference, "reference images", notes),
              inMemory(samples, "samples", notes),
              NEIGHBOURS);
      notes.add("k = " + NEIGHBOURS);
      return List.of(
          plain(Kind.PRECISION, both.precision(), notes),
          plain(Kind.RECALL, both.recall(), notes),
          plain(Kind.DENSITY, both.density(), notes),
          plain(Kind.COVERAGE, both.coverage(), notes));
    }
  }

  private List<Metric> cmmd() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = unit(inMemory(samples, "samples", notes));
      Tensor y = unit(inMemory(reference, "reference images", notes));
      return List.of(plain(Kind.CMMD, Cmmd.of(x, y), notes));
    }
  }

  private Metric infinity() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = inMemory(samples, "samples", notes);
      FdInfinity.Line line = FdInfinity.of(referenceStatistics(), x, streams);
      notes.add(String.format(Locale.ROOT, "slope %.6g in 1/n", line.slope()));
      return plain(Kind.FD_INFINITY, line.intercept(), notes);
    }
  }

  /** Divides every row by its length: the formula of CMMD leaves that to the embedder. */
  private static Tensor unit(Tensor rows) {
    return rows.div(rows.norm(new ScalarOptional(new Scalar(2.0)), 1).unsqueeze(1));
  }

  private Metric plain(Kind kind, double value, List<String> notes) {
    return new Metric(kind, null, null, value, at(samples.rows(), referenceRows(), notes));
  }

  private EncoderIdentity encoder() {
    return samples.encoder();
  }

  private long referenceRows() {
    return reference == null ? cache.known().count() : reference.rows();
  }

  private Circumstances at(long n, long nReference, List<String> notes) {
    return circumstances.seenBy(encoder(), n, nReference, notes);
  }

  /** Rows that are taken into memory at most. */
  static int rowsInMemory(int dimension) {
    return (int) (IN_MEMORY_BYTES / (4L * dimension));
  }

  private Tensor inMemory(Features features, String what, List<String> notes) {
    return atMost(rowsInMemory(features.dimension()), features, what, notes);
  }

  /** All rows, or a drawn part of a set too large for memory, which the notes then say. */
  Tensor atMost(int most, Features features, String what, List<String> notes) {
    int rows = Math.toIntExact(features.rows());
    if (rows <= most) {
      return features.block(0, rows);
    }
    int[] drawn = Arrays.copyOf(streams.permutation(rows, "evaluate-subset"), most);
    Arrays.sort(drawn);
    notes.add(most + " drawn of " + rows + " " + what);
    return features.gather(drawn);
  }
}
