package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.eval.Cmmd;
import io.winnow.eval.FdInfinity;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.Kid;
import io.winnow.eval.PrecisionRecall;
import io.winnow.tensor.Moments;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Metrics of two sets of features of one encoder (evaluation.md). Frechet distances stream; kernel
 * distances and neighbours need rows in memory and take a stated, drawn part of larger sets.
 */
final class FeatureMetrics {
  private static final int BLOCK_ROWS = 4096;
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
      return frechet(
          statistics(samples), referenceStatistics(), null, null, circumstances.variant());
    }
  }

  /** Of all the reference, computed once per identity. */
  private FrechetStatistics referenceStatistics() {
    return cache.known() != null
        ? cache.known()
        : FrechetStatistics.cached(
            cache.folder(),
            cache.referenceHash() + " " + encoder().hash(),
            () -> statistics(reference));
  }

  /** Of all rows, in the caller's scope. */
  static FrechetStatistics statistics(Features features) {
    try (Moments moments = moments(features, all(features))) {
      return FrechetStatistics.of(moments);
    }
  }

  /**
   * The distance between two disjoint halves of the reference: what samples as good as the
   * reference itself would get at such a count.
   */
  Metric floor() {
    int[] order = streams.permutation(Math.toIntExact(reference.rows()), "evaluate-floor");
    int half = order.length / 2;
    int[] first = Arrays.copyOf(order, half);
    int[] second = Arrays.copyOfRange(order, half, 2 * half);
    Arrays.sort(first);
    Arrays.sort(second);
    try (Moments a = moments(reference, first);
        Moments b = moments(reference, second)) {
      return frechet(a, b, null, null, "floor");
    }
  }

  private List<Metric> byClass() {
    List<Metric> all = new ArrayList<>();
    List<String> classes = reference.classes();
    if (classes.isEmpty() || samples.classes().isEmpty()) {
      throw new IllegalArgumentException(
          "class-wise distances: the "
              + (classes.isEmpty() ? "reference has" : "samples have")
              + " no classes; expected a folder per class, or labels (arr_1) in a sample batch. Ask"
              + " for the pooled distance alone (fd).");
    }
    for (int label = 0; label < classes.size(); label++) {
      String name = classes.get(label);
      int[] own = rows(samples, samples.classes().indexOf(name));
      int[] theirs = rows(reference, label);
      if (own.length < 2 || theirs.length < 2) {
        throw new IllegalArgumentException(
            "class-wise distances: class "
                + name
                + " has "
                + own.length
                + " of the samples and "
                + theirs.length
                + " of the reference images, but at least 2 of each are needed. Draw more samples,"
                + " or ask for the pooled distance alone (fd).");
      }
      try (Moments a = moments(samples, own);
          Moments b = moments(reference, theirs)) {
        all.add(frechet(a, b, label, name, circumstances.variant()));
      }
    }
    return all;
  }

  private Metric frechet(Moments a, Moments b, Integer label, String className, String variant) {
    try (Scope scope = Scope.open()) {
      return frechet(FrechetStatistics.of(a), FrechetStatistics.of(b), label, className, variant);
    }
  }

  private Metric frechet(
      FrechetStatistics a, FrechetStatistics b, Integer label, String className, String variant) {
    double distance = FrechetDistance.of(a, b);
    List<String> notes = new ArrayList<>();
    FrechetDistance.warning(a.count(), b.count(), a.dimension()).ifPresent(notes::add);
    return new Metric(
        Metric.frechetName(encoder(), a.count()),
        label,
        className,
        distance,
        at(a.count(), b.count(), variant, notes));
  }

  private List<Metric> kid() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = inMemory(samples, "samples", notes);
      Tensor y = inMemory(reference, "reference images", notes);
      Kid.Estimate kid = Kid.of(x, y, streams);
      notes.add(interval(kid));
      return List.of(plain("kid", kid.mean(), notes));
    }
  }

  /** Subsets that hold all rows of a side differ by nothing that could be an interval. */
  private static String interval(Kid.Estimate kid) {
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
          plain("precision", both.precision(), notes),
          plain("recall", both.recall(), notes),
          plain("density", both.density(), notes),
          plain("coverage", both.coverage(), notes));
    }
  }

  private List<Metric> cmmd() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = unit(inMemory(samples, "samples", notes));
      Tensor y = unit(inMemory(reference, "reference images", notes));
      return List.of(
          new Metric(
              Metric.named("cmmd", samples.rows()),
              null,
              null,
              Cmmd.of(x, y),
              at(samples.rows(), reference.rows(), circumstances.variant(), notes)));
    }
  }

  private Metric infinity() {
    try (Scope scope = Scope.open()) {
      List<String> notes = new ArrayList<>();
      Tensor x = inMemory(samples, "samples", notes);
      FdInfinity.Line line = FdInfinity.of(referenceStatistics(), x, streams);
      notes.add(String.format(Locale.ROOT, "slope %.6g in 1/n", line.slope()));
      return plain("fd-infinity", line.intercept(), notes);
    }
  }

  /** Divides every row by its length: the formula of CMMD leaves that to the embedder. */
  private static Tensor unit(Tensor rows) {
    return rows.div(rows.norm(new ScalarOptional(new Scalar(2.0)), 1).unsqueeze(1));
  }

  /** A metric whose usual encoder is the FID Inception; another one becomes part of the name. */
  private Metric plain(String base, double value, List<String> notes) {
    boolean usual = encoder().fidInception();
    return new Metric(
        Metric.named(usual ? base : base + "-" + encoder().name(), samples.rows()),
        null,
        null,
        value,
        at(samples.rows(), referenceRows(), circumstances.variant(), notes));
  }

  private EncoderIdentity encoder() {
    return samples.encoder();
  }

  private long referenceRows() {
    return reference == null ? cache.known().count() : reference.rows();
  }

  private Circumstances at(long n, long nReference, String variant, List<String> notes) {
    Circumstances base = "floor".equals(variant) ? withoutSampler() : circumstances;
    return base.withVariant(variant).seenBy(encoder(), n, nReference, notes);
  }

  /** Of the reference alone: no model drew it. */
  private Circumstances withoutSampler() {
    Circumstances c = circumstances;
    return new Circumstances(
        0,
        0,
        c.reference(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        c.seed(),
        c.precision(),
        null,
        List.of());
  }

  private static int[] all(Features features) {
    return IntStream.range(0, Math.toIntExact(features.rows())).toArray();
  }

  private static int[] rows(Features features, int label) {
    int[] labels = features.labels();
    return IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
  }

  private static Moments moments(Features features, int[] rows) {
    Moments moments = new Moments(features.dimension());
    for (int first = 0; first < rows.length; first += BLOCK_ROWS) {
      try (Scope scope = Scope.open()) {
        int[] block = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + BLOCK_ROWS));
        moments.add(features.gather(block));
      }
    }
    return moments;
  }

  /** All rows, or a drawn part of a set too large for memory, which the notes then say. */
  private Tensor inMemory(Features features, String what, List<String> notes) {
    int rows = Math.toIntExact(features.rows());
    int most = (int) (IN_MEMORY_BYTES / (4L * features.dimension()));
    if (rows <= most) {
      return features.block(0, rows);
    }
    int[] drawn = Arrays.copyOf(streams.permutation(rows, "evaluate-subset"), most);
    Arrays.sort(drawn);
    notes.add(most + " drawn of " + rows + " " + what);
    return features.gather(drawn);
  }
}
