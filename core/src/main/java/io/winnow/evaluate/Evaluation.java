package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.encode.Encoder;
import io.winnow.eval.FrechetDistance;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.evaluate.Side.StatisticsSide;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Measures samples against a reference, for a run and without one (evaluation.md): encodes what has
 * to be encoded, with the encoder of each metric, and never mixes what two encoders made.
 */
public final class Evaluation {
  private final EvaluationSettings settings;
  private final EvaluationRequest request;
  private final Circumstances circumstances;
  private final FeatureReader sides;
  private @OrNull Memorisation memorisation;

  /**
   * What was found.
   *
   * @param heldOut null where there are no held-out images
   * @param memorisation with pictures of the closest pairs in their folder; null where it was not
   *     measured
   * @param encoders all that were looked through
   * @param warnings what makes a number less than it seems
   */
  public record Outcome(
      List<Metric> metrics,
      Side.Facts samples,
      Side.Facts reference,
      @OrNull Side.Facts heldOut,
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

    /** The same as it can be kept, without names of pictures in a folder that is not. */
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

  private Evaluation(EvaluationSettings settings, EvaluationRequest request) {
    this.settings = settings;
    this.request = request;
    this.circumstances = request.circumstances(settings.seed(), settings.precision());
    this.sides = new FeatureReader(request.sides(), settings.chosen());
  }

  /**
   * Measures.
   *
   * @throws IllegalArgumentException before anything is encoded for a metric that was asked for and
   *     that these sides cannot have
   * @throws Interrupted when asked to stop; what was encoded is kept
   */
  public static Outcome run(EvaluationSettings settings, EvaluationRequest request) {
    return new Evaluation(settings, request).run();
  }

  private Outcome run() {
    sides.requireNamed();
    String chosen =
        MetricEncoders.chosen(settings.chosen(), List.of(request.samples(), request.reference()));
    List<MetricKind> kinds = new Applicability(settings, request).applicable(chosen);
    Map<String, Set<MetricKind>> byEncoder = MetricEncoders.byEncoder(kinds, chosen);
    Map<String, Supplier<Encoder>> found = new LinkedHashMap<>();
    byEncoder.forEach(
        (name, own) -> {
          if (request.sides().stream().anyMatch(side -> looks(side, own))) {
            found.put(name, settings.encoders().apply(name));
          }
        });
    warnOfCopies();
    List<Metric> metrics = new ArrayList<>();
    byEncoder.forEach((name, own) -> metrics.addAll(through(name, own, found.get(name))));
    Side heldOut = request.heldOut();
    return new Outcome(
        metrics,
        request.samples().facts(),
        request.reference().facts(),
        heldOut == null ? null : heldOut.facts(),
        memorisation,
        List.copyOf(sides.encoders()),
        settings.seed(),
        settings.precision(),
        List.copyOf(sides.warnings()));
  }

  /** Whether images of a side have to be encoded. */
  private static boolean looks(Side side, Set<MetricKind> kinds) {
    return side.images().isPresent()
        && !(side instanceof StatisticsSide && kinds.stream().allMatch(MetricKind::frechet));
  }

  private void warnOfCopies() {
    warnOfCopies(request.samples(), "samples");
    if (request.heldOut() != null) {
      warnOfCopies(request.heldOut(), "held-out images");
    }
  }

  private void warnOfCopies(Side side, String role) {
    Optional<ImageSide> reference = request.reference().images();
    if (side.images().isPresent() && reference.isPresent()) {
      ImageSide images = side.images().get();
      int copies = images.copiesIn(reference.get());
      if (copies > 0) {
        sides
            .warnings()
            .add(
                String.format(
                    Locale.ROOT,
                    "%,d of %,d %s are files of the reference, byte by byte.",
                    copies,
                    images.dataset().size(),
                    role));
      }
    }
  }

  private List<Metric> through(
      String name, Set<MetricKind> kinds, @OrNull Supplier<Encoder> found) {
    try (EncoderSession session = new EncoderSession(settings, name, found)) {
      List<Metric> metrics = new ArrayList<>();
      boolean floored = false;
      for (MetricKind kind : kinds) {
        boolean floor = request.floors() && (kind.byClass() || (kind.pooledDistance() && !floored));
        metrics.addAll(measure(session, kind, floor));
        floored |= floor && kind.pooledDistance();
      }
      return metrics;
    }
  }

  private List<Metric> measure(EncoderSession session, MetricKind kind, boolean floor) {
    return switch (kind) {
      case MEMORISATION -> memorisation(session);
      case CLASS_AGREEMENT -> agreement(session);
      case INCEPTION_SCORE -> {
        Features rows = sides.of(session, request.samples(), "samples", kind.slug());
        yield List.of(
            InceptionScores.of(session.encoder(), rows, seenBy(rows.encoder()), settings.seed()));
      }
      default ->
          kind.pooledDistance() && request.samples() instanceof StatisticsSide file
              ? List.of(
                  new StatisticsDistance(file, request.reference(), sides, settings.chosen())
                      .distance(session, kind, circumstances))
              : ofRows(session, kind, floor);
    };
  }

  private List<Metric> ofRows(EncoderSession session, MetricKind kind, boolean floor) {
    Side reference = request.reference();
    StatisticsSide known = kind.frechet() && reference instanceof StatisticsSide file ? file : null;
    Features own = sides.of(session, request.samples(), "samples", kind.slug());
    Features theirs = known == null ? sides.of(session, reference, "reference", kind.slug()) : null;
    if (kind.frechet()) {
      requireTwo(request.samples(), own);
      requireTwo(reference, theirs);
    }
    try (Scope scope = Scope.open()) {
      FeatureMetrics comparison =
          new FeatureMetrics(
              own,
              theirs,
              settings.seed(),
              seenBy(own.encoder()),
              new FeatureMetrics.Cache(
                  settings.work().resolve("statistics"),
                  reference.hash(),
                  known == null ? null : sides.statistics(session, known, own.encoder())));
      List<Metric> metrics = new ArrayList<>(comparison.measure(kind));
      if (kind.frechet() || kind.byClass()) {
        warnOfFew(metrics, own.dimension());
      }
      if (floor) {
        metrics.addAll(comparison.floors(kind));
      }
      return metrics;
    }
  }

  private static void requireTwo(Side side, @OrNull Features features) {
    if (features != null && features.rows() < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d image; expected at least 2 for a covariance, better more than %d. Give more"
                  + " images.",
              side.name(),
              features.rows(),
              features.dimension()));
    }
  }

  private void warnOfFew(List<Metric> metrics, int dimension) {
    metrics.stream()
        .min(Comparator.comparingLong(m -> Math.min(m.n(), m.nReference())))
        .ifPresent(
            m ->
                FrechetDistance.warning(m.n(), m.nReference(), dimension)
                    .ifPresent(w -> sides.warnings().add(m.name() + ": " + w)));
  }

  private List<Metric> agreement(EncoderSession session) {
    ImageSide images = request.samples().images().orElseThrow();
    if (ClassAgreement.knows(session.encoder(), images.classes())) {
      return agreement(session.encoder(), images);
    }
    try (Encoder fallback = settings.encoders().apply(settings.classifier()).get()) {
      return agreement(fallback, images);
    }
  }

  private List<Metric> agreement(Encoder encoder, ImageSide images) {
    sides.encoders().add(encoder.identity());
    return ClassAgreement.of(
        encoder, images.dataset(), seenBy(encoder.identity()), settings.listener());
  }

  /** How near samples lie to the images that were trained on, of which there may be fewer. */
  private List<Metric> memorisation(EncoderSession session) {
    EvaluationRequest.Training training = request.training();
    Side heldOut = request.heldOut();
    String metric = MetricKind.MEMORISATION.slug();
    Features own = sides.of(session, request.samples(), "samples", metric);
    Side trained = request.trained();
    String role = trained == request.reference() ? "reference" : "training images";
    Features all = sides.of(session, trained, role, metric);
    Features held = heldOut == null ? null : sides.of(session, heldOut, "held-out images", metric);
    memorisation =
        NearestTrainingImages.measure(
            images(request.samples(), own),
            images(trained, all).only(training.positions()),
            held == null ? null : images(heldOut, held),
            settings.pictures());
    return NearestTrainingImages.metrics(memorisation, own, seenBy(own.encoder()));
  }

  private static NearestTrainingImages.Images images(Side side, Features features) {
    return NearestTrainingImages.Images.all(
        side.images().map(ImageSide::dataset).orElse(null), features);
  }

  /** Circumstances of what an encoder sees; they say where it is the one that selected. */
  private Circumstances seenBy(EncoderIdentity judge) {
    EncoderIdentity selector = request.selector();
    boolean same = selector != null && selector.weightsSha256().equals(judge.weightsSha256());
    return same ? circumstances.withNote(Metric.JUDGED_BY_SELECTOR) : circumstances;
  }
}
