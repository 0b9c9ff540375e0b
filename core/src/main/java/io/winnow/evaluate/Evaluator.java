package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.encode.Classifier;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.encode.FidEncoder;
import io.winnow.eval.InceptionScore;
import io.winnow.eval.Spread;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
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
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
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
  private final @OrNull String classifier;
  private final int batch;
  private final Path statistics;
  private final Progress listener;
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
   * @param selector by whose features the coreset was selected that the samples' model saw; null
   *     where no features were used
   * @param seed of subset draws
   * @param floors whether what real images alone would score is given beside the Frechet distances
   */
  public record Request(
      List<MetricKind> kinds,
      Side samples,
      Side reference,
      Circumstances circumstances,
      @OrNull EncoderIdentity selector,
      long seed,
      boolean floors) {
    public Request {
      kinds = List.copyOf(kinds);
    }

    /** The circumstances of what an encoder sees; they say where it is the selector itself. */
    public Circumstances seenBy(EncoderIdentity judge) {
      boolean same = selector != null && selector.weightsSha256().equals(judge.weightsSha256());
      return same ? circumstances.withNote(Metric.JUDGED_BY_SELECTOR) : circumstances;
    }
  }

  /**
   * @param encoders opens an encoder by its name
   * @param chosen name of the encoder of metrics that have none of their own
   * @param classifier name of the encoder that class agreement falls back on where that one is no
   *     classifier; null for none
   * @param batch images per call of a network
   * @param statistics folder where statistics of reference sets are kept, by identity
   * @param stop asked between batches
   */
  public Evaluator(
      Function<String, Encoder> encoders,
      String chosen,
      @OrNull String classifier,
      int batch,
      Path statistics,
      Progress listener,
      BooleanSupplier stop) {
    this.encoders = encoders;
    this.chosen = chosen;
    this.classifier = classifier;
    this.batch = batch;
    this.statistics = statistics;
    this.listener = listener;
    this.stop = stop;
  }

  /** Name of the encoder that a metric looks through when another one is chosen for the rest. */
  public static String encoderOf(MetricKind kind, String chosen) {
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
   * @throws Interrupted when {@code stop} says so; what was encoded is kept
   */
  public List<Metric> run(Request request) {
    List<Metric> metrics = new ArrayList<>();
    byEncoder(request.kinds(), chosen)
        .forEach((name, kinds) -> metrics.addAll(through(name, kinds, request)));
    return metrics;
  }

  /**
   * Metrics by the encoder that they look through. Through the FID Inception, the chosen encoder's
   * distances are FID, and are not measured twice.
   */
  static Map<String, Set<MetricKind>> byEncoder(List<MetricKind> kinds, String chosen) {
    Map<String, Set<MetricKind>> byEncoder = new LinkedHashMap<>();
    for (MetricKind kind : kinds) {
      byEncoder
          .computeIfAbsent(encoderOf(kind, chosen), name -> EnumSet.noneOf(MetricKind.class))
          .add(kind);
    }
    for (Set<MetricKind> own : byEncoder.values()) {
      if (own.contains(MetricKind.FID)) {
        own.remove(MetricKind.FD);
      }
      if (own.contains(MetricKind.CLASS_FID)) {
        own.remove(MetricKind.CLASS_FD);
      }
    }
    return byEncoder;
  }

  private List<Metric> through(String name, Set<MetricKind> kinds, Request request) {
    List<Metric> metrics = new ArrayList<>();
    try (Encoder encoder = encoders.apply(name);
        Features samples = features(encoder, request.samples(), "encode samples");
        Features reference = features(encoder, request.reference(), "encode reference")) {
      Circumstances circumstances = request.seenBy(encoder.identity());
      FeatureMetrics comparison =
          new FeatureMetrics(
              samples,
              reference,
              request.seed(),
              circumstances,
              new FeatureMetrics.Cache(statistics, request.reference().hash()));
      boolean floored = false;
      for (MetricKind kind : kinds) {
        switch (kind) {
          case CLASS_AGREEMENT -> metrics.addAll(agreement(encoder, request));
          case INCEPTION_SCORE ->
              metrics.add(inceptionScore(encoder, samples, circumstances, request.seed()));
          case MEMORISATION -> {}
          default -> metrics.addAll(comparison.measure(kind));
        }
        if (request.floors() && (kind.byClass() || (kind.pooledDistance() && !floored))) {
          metrics.addAll(comparison.floors(kind));
          floored |= kind.pooledDistance();
        }
      }
    }
    return metrics;
  }

  /** Features of one side, encoded where they are not there yet. */
  public Features features(Encoder encoder, Side side, String task) {
    Path folder = side.features().apply(encoder);
    return Extraction.run(side.images(), side.hash(), encoder, folder, batch, task, listener, stop);
  }

  private List<Metric> agreement(Encoder encoder, Request request) {
    Dataset samples = request.samples().images();
    if (encoder instanceof Classifier own && knows(own, samples)) {
      return ClassAgreement.of(own, samples, request.seenBy(own.identity()), listener);
    }
    String name = encoder.identity().name();
    if (classifier != null && !classifier.equals(name)) {
      try (Encoder other = encoders.apply(classifier)) {
        return agreement(other, request);
      }
    }
    listener.note(
        "class agreement: encoder " + name + " is no classifier of the samples' classes; left out");
    return List.of();
  }

  private static boolean knows(Classifier classifier, Dataset samples) {
    return !samples.classes().isEmpty() && classifier.classes().containsAll(samples.classes());
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
    return inceptionScore(inception::logits, samples, circumstances, seed);
  }

  /** The score of samples by a head, [n, d] to [n, C], from their features, block by block. */
  static Metric inceptionScore(
      UnaryOperator<Tensor> head, Features samples, Circumstances circumstances, long seed) {
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      for (long first = 0; first < samples.rows(); first += LOGIT_ROWS) {
        try (Scope block = Scope.open()) {
          int count = (int) Math.min(LOGIT_ROWS, samples.rows() - first);
          parts.push_back(block.keep(head.apply(samples.block(first, count))));
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
          circumstances.seenBy(samples.encoder(), samples.rows(), 0, notes));
    }
  }
}
