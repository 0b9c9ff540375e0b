package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.encode.Classifier;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Compares two sets without a recipe and without a run (evaluation.md): encodes what has to be
 * encoded, with the encoder of each metric, and never mixes what two encoders made.
 */
public final class Comparison {
  private final Settings settings;
  private final Material samples;
  private final Material reference;
  private final Set<EncoderIdentity> encoders = new LinkedHashSet<>();
  private final Set<String> warnings = new LinkedHashSet<>();

  /**
   * How the comparison is made.
   *
   * @param encoders finds an encoder by its name, before any work begins, and opens it later
   * @param chosen name of the encoder of metrics that have none of their own; null to take that of
   *     the features or the statistics given
   * @param batch images per call of a network
   * @param work folder of features and of statistics of the reference, kept by identity
   * @param seed of subset draws
   * @param precision arithmetic of the networks, for the circumstances
   */
  public record Settings(
      Function<String, Supplier<Encoder>> encoders,
      @OrNull String chosen,
      int batch,
      Path work,
      long seed,
      String precision,
      Listener listener,
      BooleanSupplier stop) {}

  /**
   * What was found.
   *
   * @param encoders all that were looked through
   * @param warnings what makes a number less than it seems
   */
  public record Outcome(
      List<Metric> metrics,
      Material.Facts samples,
      Material.Facts reference,
      List<EncoderIdentity> encoders,
      long seed,
      String precision,
      List<String> warnings) {
    public Outcome {
      metrics = List.copyOf(metrics);
      encoders = List.copyOf(encoders);
      warnings = List.copyOf(warnings);
    }
  }

  public Comparison(Settings settings, Material samples, Material reference) {
    this.settings = settings;
    this.samples = samples;
    this.reference = reference;
  }

  /** The pooled distance, and the class-wise ones where both sides have the same classes. */
  public List<MetricKind> usual() {
    boolean byClass =
        !samples.classes().isEmpty()
            && Set.copyOf(samples.classes()).equals(Set.copyOf(reference.classes()));
    return byClass ? List.of(MetricKind.FD, MetricKind.CLASS_FD) : List.of(MetricKind.FD);
  }

  /**
   * Measures.
   *
   * @throws InterruptedRun when asked to stop; features that were encoded stay in the work folder
   */
  public Outcome run(List<MetricKind> kinds) {
    Map<String, Set<MetricKind>> byEncoder = new LinkedHashMap<>();
    for (MetricKind kind : kinds) {
      byEncoder
          .computeIfAbsent(
              Evaluator.encoderOf(kind, chosen()), name -> EnumSet.noneOf(MetricKind.class))
          .add(kind);
    }
    Map<String, Supplier<Encoder>> found = new LinkedHashMap<>();
    byEncoder.forEach(
        (name, own) -> {
          if (looks(samples, own) || looks(reference, own)) {
            found.put(name, settings.encoders().apply(name));
          }
        });
    warnOfCopies();
    List<Metric> metrics = new ArrayList<>();
    byEncoder.forEach((name, own) -> metrics.addAll(through(name, own, found.get(name))));
    return new Outcome(
        metrics,
        samples.facts(),
        reference.facts(),
        List.copyOf(encoders),
        settings.seed(),
        settings.precision(),
        List.copyOf(warnings));
  }

  /** Whether images of a side have to be encoded. */
  private static boolean looks(Material side, Set<MetricKind> kinds) {
    return side.images().isPresent()
        && (side.statistics().isEmpty() || !kinds.stream().allMatch(MetricKind::frechet));
  }

  private void warnOfCopies() {
    if (samples.images().isPresent() && reference.images().isPresent()) {
      int copies = samples.images().get().copiesIn(reference.images().get());
      if (copies > 0) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%,d of %,d samples are files of the reference, byte by byte.",
                copies,
                samples.images().get().size()));
      }
    }
  }

  private String chosen() {
    return chosen(settings, List.of(samples, reference));
  }

  private static String chosen(Settings settings, List<Material> sides) {
    if (settings.chosen() != null) {
      return settings.chosen();
    }
    for (Material side : sides) {
      if (side.features().isPresent()) {
        return side.features().get().encoder().name();
      }
      if (side.statistics().isPresent() && side.statistics().get().encoder().isPresent()) {
        return side.statistics().get().encoder().get().name();
      }
    }
    return EncoderNames.FID_INCEPTION;
  }

  /**
   * Writes mean and covariance of one set into an {@code .npz}, as pytorch-fid does, to stand for
   * the set in later comparisons. What is written also says which encoder made it.
   *
   * @throws InterruptedRun when asked to stop
   */
  public static void saveStatistics(Settings settings, Material set, Path file) {
    Comparison alone = new Comparison(settings, set, set);
    String name = chosen(settings, List.of(set));
    Supplier<Encoder> found = set.features().isPresent() ? null : settings.encoders().apply(name);
    try (Lens lens = new Lens(settings, name, found)) {
      Features rows = alone.rows(lens, set, "samples", "--save-stats");
      try (Scope scope = Scope.open()) {
        StatisticsFile.write(file, FeatureMetrics.statistics(rows), rows.encoder());
      }
    }
  }

  private List<Metric> through(
      String name, Set<MetricKind> kinds, @OrNull Supplier<Encoder> found) {
    if (kinds.contains(MetricKind.FID)) {
      kinds.remove(MetricKind.FD);
    }
    if (kinds.contains(MetricKind.CLASS_FID)) {
      kinds.remove(MetricKind.CLASS_FD);
    }
    try (Lens lens = new Lens(settings, name, found)) {
      List<Metric> metrics = new ArrayList<>();
      boolean floored = false;
      for (MetricKind kind : kinds) {
        boolean floor = kind.frechet() && kind != MetricKind.FD_INFINITY && !floored;
        metrics.addAll(measure(lens, kind, floor));
        floored |= floor;
      }
      return metrics;
    }
  }

  private List<Metric> measure(Lens lens, MetricKind kind, boolean floor) {
    return switch (kind) {
      case MEMORISATION ->
          throw new IllegalArgumentException(
              "memorisation: needs held-out images beside samples and training images; winnow run"
                  + " measures it. Leave it out of --metrics.");
      case CLASS_AGREEMENT -> agreement(lens);
      case INCEPTION_SCORE -> {
        Features rows = rows(lens, samples, "samples", kind.slug());
        yield List.of(
            Evaluator.inceptionScore(lens.encoder(), rows, circumstances(), settings.seed()));
      }
      default ->
          kind.frechet() && kind != MetricKind.FD_INFINITY && samples.statistics().isPresent()
              ? List.of(ofStatistics(lens))
              : ofRows(lens, kind, floor);
    };
  }

  private List<Metric> ofRows(Lens lens, MetricKind kind, boolean floor) {
    boolean known = kind.frechet() && reference.statistics().isPresent();
    Features own = rows(lens, samples, "samples", kind.slug());
    Features theirs = known ? null : rows(lens, reference, "reference", kind.slug());
    try (Scope scope = Scope.open()) {
      FeatureMetrics comparison =
          new FeatureMetrics(
              own,
              theirs,
              settings.seed(),
              circumstances(),
              new FeatureMetrics.Cache(
                  settings.work().resolve("statistics"),
                  reference.hash(),
                  known ? statistics(lens, reference, own.encoder()) : null));
      List<Metric> metrics = new ArrayList<>(comparison.measure(kind));
      if (kind.frechet() || kind.byClass()) {
        warnOfFew(metrics, own.dimension());
      }
      if (floor && theirs != null && own.rows() < Metric.USUAL_COUNT) {
        metrics.add(comparison.floor());
      }
      return metrics;
    }
  }

  private void warnOfFew(List<Metric> metrics, int dimension) {
    metrics.stream()
        .min(Comparator.comparingLong(m -> Math.min(m.c().n(), m.c().nReference())))
        .ifPresent(
            m ->
                FrechetDistance.warning(m.c().n(), m.c().nReference(), dimension)
                    .ifPresent(w -> warnings.add(m.name() + ": " + w)));
  }

  /** Between two files of statistics, or one and a set that is encoded or has been. */
  private Metric ofStatistics(Lens lens) {
    boolean file = reference.statistics().isPresent();
    Features rows = file ? null : rows(lens, reference, "reference", "a Frechet distance");
    EncoderIdentity made =
        rows != null
            ? rows.encoder()
            : known(samples).or(() -> known(reference)).orElseGet(() -> unknown(lens.name()));
    encoders.add(made);
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = statistics(lens, samples, made);
      FrechetStatistics b =
          rows == null ? statistics(lens, reference, made) : FeatureMetrics.statistics(rows);
      List<String> notes = new ArrayList<>();
      FrechetDistance.warning(a.count(), b.count(), a.dimension()).ifPresent(notes::add);
      String name = Metric.frechetName(made, a.count());
      return new Metric(
          a.count() == 0 ? name.replace("@0", "@unknown") : name,
          null,
          null,
          FrechetDistance.of(a, b),
          circumstances().seenBy(made, a.count(), b.count(), notes));
    }
  }

  private static Optional<EncoderIdentity> known(Material side) {
    return side.statistics().flatMap(StatisticsFile::encoder);
  }

  private EncoderIdentity unknown(String name) {
    try (Scope scope = Scope.open()) {
      int dimension = samples.statistics().orElseThrow().read(name).dimension();
      return new EncoderIdentity(name, "not stated", "not stated", "not stated", dimension);
    }
  }

  /** A file's statistics, checked against the encoder that the other side was seen by. */
  private FrechetStatistics statistics(Lens lens, Material side, EncoderIdentity other) {
    return side.statistics().orElseThrow().read(lens.name(), other, warnings::add);
  }

  /** Features of one side: those given, or encoded now. */
  private Features rows(Lens lens, Material side, String role, String metric) {
    if (side.features().isPresent()) {
      Features given = side.features().get();
      if (!given.encoder().name().equals(lens.name())) {
        throw new IllegalArgumentException(
            String.format(
                "%s: features of %s, but %s looks through %s. Give images, features of that"
                    + " encoder, or ask for fd.",
                side.path(), given.encoder().describe(), metric, lens.name()));
      }
      encoders.add(given.encoder());
      return lens.checked(given, side.path().toString());
    }
    ImageSet images =
        side.images()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        side.path()
                            + ": holds statistics alone, but "
                            + metric
                            + " needs every image. Give images or features as the "
                            + role
                            + ", or ask for fd."));
    Features encoded = lens.features(images, role);
    encoders.add(encoded.encoder());
    lens.enlarged(images, role).ifPresent(warnings::add);
    return encoded;
  }

  private List<Metric> agreement(Lens lens) {
    ImageSet images =
        samples
            .images()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        samples.path() + ": class-agreement needs images. Give the samples."));
    if (!(lens.encoder() instanceof Classifier classifier)
        || images.images().classes().isEmpty()
        || !classifier.classes().containsAll(images.images().classes())) {
      throw new IllegalArgumentException(
          "class-agreement: encoder "
              + lens.name()
              + " is no classifier of the samples' classes "
              + images.images().classes()
              + ". Choose one that is, or leave the metric out.");
    }
    encoders.add(lens.encoder().identity());
    return ClassAgreement.of(classifier, images.images(), circumstances(), settings.listener());
  }

  private Circumstances circumstances() {
    Material.Facts own = samples.facts();
    Material.Facts theirs = reference.facts();
    List<String> notes = new ArrayList<>();
    own.notes().forEach(note -> notes.add("samples: " + note));
    theirs.notes().forEach(note -> notes.add("reference: " + note));
    return new Circumstances(
        own.n(),
        theirs.n(),
        theirs.source() + " sha256 " + theirs.sha256().substring(0, 12),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        settings.seed(),
        settings.precision(),
        null,
        notes);
  }
}
