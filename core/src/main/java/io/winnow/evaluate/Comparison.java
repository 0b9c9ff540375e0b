package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.encode.Classifier;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.eval.FrechetDistance;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Compares two sets without a recipe and without a run (evaluation.md): encodes what has to be
 * encoded, with the encoder of each metric, and never mixes what two encoders made.
 */
public final class Comparison {
  /** Where the closest pairs of a memorisation are, below the work folder. */
  public static final String PICTURES = "memorisation-pictures";

  private final Settings settings;
  private final Material samples;
  private final Material reference;
  private final @OrNull Material heldOut;
  private final SideFeatures sides;
  private @OrNull Memorisation memorisation;

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
      Progress listener,
      BooleanSupplier stop) {}

  /**
   * What was found.
   *
   * @param heldOut null without memorisation
   * @param memorisation with pictures of the closest pairs in the work folder; null where it was
   *     not asked for
   * @param encoders all that were looked through
   * @param warnings what makes a number less than it seems
   */
  public record Outcome(
      List<Metric> metrics,
      Material.Facts samples,
      Material.Facts reference,
      @OrNull Material.Facts heldOut,
      @OrNull Memorisation memorisation,
      List<EncoderIdentity> encoders,
      long seed,
      String precision,
      List<String> warnings) {
    public Outcome {
      metrics = List.copyOf(metrics);
      encoders = List.copyOf(encoders);
      warnings = List.copyOf(warnings);
    }

    /** The same as it can be kept, without names of pictures in the work folder. */
    public Outcome withoutPictures() {
      return memorisation == null
          ? this
          : new Outcome(
              metrics,
              samples,
              reference,
              heldOut,
              memorisation.withoutPictures(),
              encoders,
              seed,
              precision,
              warnings);
    }
  }

  /**
   * @param heldOut images that no model has seen, for memorisation, where the reference is what the
   *     model was trained on; null without that metric
   */
  public Comparison(
      Settings settings, Material samples, Material reference, @OrNull Material heldOut) {
    this.settings = settings;
    this.samples = samples;
    this.reference = reference;
    this.heldOut = heldOut;
    this.sides = new SideFeatures(all(), settings.chosen());
  }

  private List<Material> all() {
    return heldOut == null ? List.of(samples, reference) : List.of(samples, reference, heldOut);
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
   * @throws Interrupted when asked to stop; features that were encoded stay in the work folder
   */
  public Outcome run(List<MetricKind> kinds) {
    sides.requireNamed();
    Map<String, Set<MetricKind>> byEncoder = Evaluator.byEncoder(kinds, chosen());
    Map<String, Supplier<Encoder>> found = new LinkedHashMap<>();
    byEncoder.forEach(
        (name, own) -> {
          if (all().stream().anyMatch(side -> looks(side, own))) {
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
        heldOut == null ? null : heldOut.facts(),
        memorisation,
        List.copyOf(sides.encoders()),
        settings.seed(),
        settings.precision(),
        List.copyOf(sides.warnings()));
  }

  /**
   * Names of the encoders that metrics look through.
   *
   * @param kinds empty for the usual ones
   * @param chosen that of metrics without one of their own
   */
  public static Set<String> encoders(List<MetricKind> kinds, String chosen) {
    Set<String> names = new LinkedHashSet<>();
    for (MetricKind kind : kinds.isEmpty() ? List.of(MetricKind.FD) : kinds) {
      names.add(Evaluator.encoderOf(kind, chosen));
    }
    return names;
  }

  /** Whether images of a side have to be encoded. */
  private static boolean looks(Material side, Set<MetricKind> kinds) {
    return side.images().isPresent()
        && (side.statistics().isEmpty() || !kinds.stream().allMatch(MetricKind::frechet));
  }

  private void warnOfCopies() {
    warnOfCopies(samples, "samples");
    if (heldOut != null) {
      warnOfCopies(heldOut, "held-out images");
    }
  }

  private void warnOfCopies(Material side, String role) {
    if (side.images().isPresent() && reference.images().isPresent()) {
      int copies = side.images().get().copiesIn(reference.images().get());
      if (copies > 0) {
        sides
            .warnings()
            .add(
                String.format(
                    Locale.ROOT,
                    "%,d of %,d %s are files of the reference, byte by byte.",
                    copies,
                    side.images().get().size(),
                    role));
      }
    }
  }

  private String chosen() {
    return chosen(settings, List.of(samples, reference));
  }

  /** The encoder of metrics that have none of their own. */
  static String chosen(Settings settings, List<Material> sides) {
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

  private List<Metric> through(
      String name, Set<MetricKind> kinds, @OrNull Supplier<Encoder> found) {
    try (Lens lens = new Lens(settings, name, found)) {
      List<Metric> metrics = new ArrayList<>();
      boolean floored = false;
      for (MetricKind kind : kinds) {
        boolean floor = kind.byClass() || (kind.pooledDistance() && !floored);
        metrics.addAll(measure(lens, kind, floor));
        floored |= floor && kind.pooledDistance();
      }
      return metrics;
    }
  }

  private List<Metric> measure(Lens lens, MetricKind kind, boolean floor) {
    return switch (kind) {
      case MEMORISATION -> memorisation(lens);
      case CLASS_AGREEMENT -> agreement(lens);
      case INCEPTION_SCORE -> {
        Features rows = sides.of(lens, samples, "samples", kind.slug());
        yield List.of(
            Evaluator.inceptionScore(lens.encoder(), rows, circumstances(), settings.seed()));
      }
      default ->
          kind.pooledDistance() && samples.statistics().isPresent()
              ? List.of(statistics().distance(lens, kind, circumstances()))
              : ofRows(lens, kind, floor);
    };
  }

  /** The reference is what the model was trained on. */
  private List<Metric> memorisation(Lens lens) {
    if (heldOut == null) {
      throw new IllegalArgumentException(
          "memorisation: no held-out images; expected images like the training images (the"
              + " reference) that the model has not seen, to compare its samples with. Give"
              + " --held-out DATA.");
    }
    String metric = MetricKind.MEMORISATION.slug();
    Features own = sides.of(lens, samples, "samples", metric);
    Features training = sides.of(lens, reference, "reference", metric);
    Features held = sides.of(lens, heldOut, "held-out images", metric);
    memorisation =
        Memoriser.measure(
            images(samples, own),
            images(reference, training),
            images(heldOut, held),
            settings.work().resolve(PICTURES));
    return Memoriser.metrics(memorisation, own, circumstances());
  }

  private static Memoriser.Images images(Material side, Features features) {
    return Memoriser.Images.all(side.images().map(ImageSet::images).orElse(null), features);
  }

  private List<Metric> ofRows(Lens lens, MetricKind kind, boolean floor) {
    boolean known = kind.frechet() && reference.statistics().isPresent();
    Features own = sides.of(lens, samples, "samples", kind.slug());
    Features theirs = known ? null : sides.of(lens, reference, "reference", kind.slug());
    if (kind.frechet()) {
      requireTwo(samples, own);
      requireTwo(reference, theirs);
    }
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
                  known ? statistics().read(lens, reference, own.encoder()) : null));
      List<Metric> metrics = new ArrayList<>(comparison.measure(kind));
      if (kind.frechet() || kind.byClass()) {
        warnOfFew(metrics, own.dimension());
      }
      if (floor && own.rows() < Metric.USUAL_COUNT) {
        metrics.addAll(comparison.floors(kind));
      }
      return metrics;
    }
  }

  private StatisticsDistance statistics() {
    return new StatisticsDistance(samples, reference, sides, settings.chosen());
  }

  private static void requireTwo(Material side, @OrNull Features features) {
    if (features != null && features.rows() < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d image; expected at least 2 for a covariance, better more than %d. Give more"
                  + " images.",
              side.path(),
              features.rows(),
              features.dimension()));
    }
  }

  private void warnOfFew(List<Metric> metrics, int dimension) {
    metrics.stream()
        .min(Comparator.comparingLong(m -> Math.min(m.c().n(), m.c().nReference())))
        .ifPresent(
            m ->
                FrechetDistance.warning(m.c().n(), m.c().nReference(), dimension)
                    .ifPresent(w -> sides.warnings().add(m.name() + ": " + w)));
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
    sides.encoders().add(lens.encoder().identity());
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
