package io.winnow.pipeline;

import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.data.Dataset;
import io.winnow.encode.Classifier;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.encode.FidEncoder;
import io.winnow.eval.InceptionScore;
import io.winnow.eval.Spread;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Measures samples against a reference set: encodes both sides with the encoder of each metric,
 * keeping the features, and computes the metrics (evaluation.md).
 */
public final class Evaluator {
  private static final int SPLITS = 10;
  private static final int LOGIT_ROWS = 1024;

  private final Function<String, Encoder> encoders;
  private final String chosen;
  private final int batch;
  private final Path statistics;
  private final Listener listener;
  private final BooleanSupplier stop;

  /**
   * One side of a comparison.
   *
   * @param hash identifies the images
   * @param features where the features of an encoder are kept, by its identity
   */
  public record Side(Dataset images, String hash, Function<Encoder, Path> features) {}

  /**
   * What is to be measured.
   *
   * @param circumstances of the samples
   * @param seed of subset draws
   * @param floors whether the distance between two halves of the reference is given beside each
   *     Frechet distance
   */
  public record Request(
      List<MetricKind> kinds,
      Side samples,
      Side reference,
      Circumstances circumstances,
      long seed,
      boolean floors) {
    public Request {
      kinds = List.copyOf(kinds);
    }
  }

  /**
   * @param encoders opens an encoder by its name
   * @param chosen name of the encoder of metrics that have none of their own
   * @param batch images per call of a network
   * @param statistics folder where statistics of reference sets are kept, by identity
   * @param stop asked between batches
   */
  public Evaluator(
      Function<String, Encoder> encoders,
      String chosen,
      int batch,
      Path statistics,
      Listener listener,
      BooleanSupplier stop) {
    this.encoders = encoders;
    this.chosen = chosen;
    this.batch = batch;
    this.statistics = statistics;
    this.listener = listener;
    this.stop = stop;
  }

  /** Name of the encoder that a metric looks through. */
  String encoderOf(MetricKind kind) {
    return encoderOf(kind, chosen);
  }

  /** Name of the encoder that a metric looks through when another one is chosen for the rest. */
  static String encoderOf(MetricKind kind, String chosen) {
    boolean fid = chosen.startsWith("fid-inception");
    return switch (kind) {
      case FID, CLASS_FID, INCEPTION_SCORE -> fid ? chosen : EncoderNames.FID_INCEPTION;
      case SFID -> EncoderNames.SFID_INCEPTION_TENSORFLOW;
      case CMMD -> EncoderNames.CLIP_VIT_L14_336;
      case FD_DINOV2 -> EncoderNames.DINOV2_L;
      case FD, CLASS_FD, KID, PRECISION_RECALL, FD_INFINITY, CLASS_AGREEMENT, MEMORISATION ->
          chosen;
    };
  }

  /**
   * Measures.
   *
   * @throws InterruptedRun when {@code stop} says so; what was encoded is kept
   */
  public List<Metric> run(Request request) {
    Map<String, Set<MetricKind>> byEncoder = new LinkedHashMap<>();
    for (MetricKind kind : request.kinds()) {
      byEncoder
          .computeIfAbsent(encoderOf(kind), name -> EnumSet.noneOf(MetricKind.class))
          .add(kind);
    }
    List<Metric> metrics = new ArrayList<>();
    byEncoder.forEach((name, kinds) -> metrics.addAll(through(name, kinds, request)));
    return metrics;
  }

  private List<Metric> through(String name, Set<MetricKind> kinds, Request request) {
    List<Metric> metrics = new ArrayList<>();
    try (Encoder encoder = encoders.apply(name);
        Features samples = features(encoder, request.samples(), "encode samples");
        Features reference = features(encoder, request.reference(), "encode reference")) {
      FeatureMetrics comparison =
          new FeatureMetrics(
              samples,
              reference,
              request.seed(),
              request.circumstances(),
              new FeatureMetrics.Cache(statistics, request.reference().hash()));
      boolean floored = false;
      for (MetricKind kind : kinds) {
        switch (kind) {
          case CLASS_AGREEMENT -> metrics.addAll(agreement(encoder, request));
          case INCEPTION_SCORE ->
              metrics.add(
                  inceptionScore(encoder, samples, request.circumstances(), request.seed()));
          case MEMORISATION -> {}
          default -> metrics.addAll(comparison.measure(kind));
        }
        boolean frechet =
            Set.of(MetricKind.FD, MetricKind.FID, MetricKind.FD_DINOV2).contains(kind);
        if (request.floors() && frechet && !floored) {
          metrics.add(comparison.floor());
          floored = true;
        }
      }
    }
    return metrics;
  }

  /** Features of one side, encoded where they are not there yet. */
  Features features(Encoder encoder, Side side, String task) {
    Path folder = side.features().apply(encoder);
    return Extraction.run(side.images(), side.hash(), encoder, folder, batch, task, listener, stop);
  }

  private List<Metric> agreement(Encoder encoder, Request request) {
    Dataset samples = request.samples().images();
    if (!(encoder instanceof Classifier classifier)
        || samples.classes().isEmpty()
        || !classifier.classes().containsAll(samples.classes())) {
      listener.note(
          "class agreement: encoder "
              + encoder.identity().name()
              + " is no classifier of the samples' classes; left out");
      return List.of();
    }
    return ClassAgreement.of(classifier, samples, request.circumstances(), listener);
  }

  /** The score of samples by the head of the encoder that their features come from. */
  static Metric inceptionScore(
      Encoder encoder, Features samples, Circumstances circumstances, long seed) {
    if (!(encoder instanceof FidEncoder inception)) {
      throw new IllegalArgumentException(
          "inception-score: encoder "
              + encoder.identity().name()
              + " has no such head; expected fid-inception.");
    }
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      for (long first = 0; first < samples.rows(); first += LOGIT_ROWS) {
        try (Scope block = Scope.open()) {
          int count = (int) Math.min(LOGIT_ROWS, samples.rows() - first);
          parts.push_back(block.keep(inception.logits(samples.block(first, count))));
        }
      }
      int splits = (int) Math.min(SPLITS, samples.rows());
      Spread score = InceptionScore.of(torch.cat(parts, 0), splits, RandomStreams.of(seed));
      List<String> notes =
          List.of(String.format(Locale.ROOT, "std %.3g over %d splits", score.std(), splits));
      return new Metric(
          Metric.named("inception-score", samples.rows()),
          null,
          null,
          score.mean(),
          circumstances.seenBy(encoder.identity(), samples.rows(), 0, notes));
    }
  }
}
