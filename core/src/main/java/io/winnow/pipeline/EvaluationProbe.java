package io.winnow.pipeline;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.evaluate.MetricArithmetic;
import io.winnow.evaluate.MetricEncoders;
import io.winnow.evaluate.MetricKind;
import io.winnow.files.FileFailure;
import io.winnow.forecast.UnitCost;
import io.winnow.pipeline.Rehearsal.Tried;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Tries an evaluation: whole, on a few images, for its arithmetic, and the encoding of the training
 * images by every encoder that judges.
 */
final class EvaluationProbe {
  private static final double SECONDS = 5;
  private static final String AGREEMENT = "class agreement";

  private final Rehearsal rehearsal;
  private final Recipe recipe;
  private final int samples;
  private final RunData few;
  private final Map<String, Double> perEncoding = new LinkedHashMap<>();
  private Tried whole;
  private double fixed;
  private double perClassified;
  private double perPair;
  private double perRow;
  private long diskPerImage;

  /**
   * @param samples that were drawn with the model that was tried
   */
  EvaluationProbe(Rehearsal rehearsal, Recipe recipe, RunData few, int samples) {
    this.rehearsal = rehearsal;
    this.recipe = recipe;
    this.few = few;
    this.samples = samples;
  }

  /** Tries; {@code all} are the images of the data set. */
  void run(RunData all) {
    String chosen = new Judges(recipe).chosen();
    recipe.evaluate().metrics().stream()
        .filter(kind -> kind != MetricKind.CLASS_AGREEMENT)
        .forEach(
            kind ->
                perEncoding.computeIfAbsent(
                    MetricEncoders.of(kind, chosen), name -> perImage(kind, all)));
    whole = evaluated(few, Watch.Limit.NONE);
    fixed = whole.seconds();
    for (Watch.Task task : whole.tasks().values()) {
      fixed -= task.seconds();
    }
    Watch.Task agreement = whole.tasks().get(AGREEMENT);
    perClassified = agreement == null ? 0 : agreement.seconds() / samples;
    int dimension = dimension();
    perPair = MetricArithmetic.secondsPerPair(dimension, System::nanoTime);
    perRow = MetricArithmetic.secondsPerRow(dimension, System::nanoTime);
    diskPerImage = Rehearsal.bytes(features()) / few.size();
  }

  private Tried evaluated(RunData data, Watch.Limit limit, String... more) {
    String[] overrides =
        Stream.concat(Stream.of("sample.count=" + samples), Stream.of(more)).toArray(String[]::new);
    return rehearsal.run(StageId.EVALUATE, data, limit, overrides);
  }

  /** Seconds for an image of the data set that the encoder of a metric is shown. */
  private double perImage(MetricKind kind, RunData all) {
    Tried tried =
        evaluated(all, Watch.Limit.seconds(SECONDS), "evaluate.metrics=[" + kind.slug() + "]");
    Watch.Task task = null;
    for (Map.Entry<String, Watch.Task> one : tried.tasks().entrySet()) {
      boolean encodes = one.getKey().startsWith("encode ");
      task =
          encodes && (task == null || one.getValue().done() > task.done()) ? one.getValue() : task;
    }
    return task == null ? 0 : task.perPiece() / recipe.encode().batch();
  }

  private Path features() {
    return rehearsal.layout().features("x").getParent();
  }

  /** The largest D of the features that were made. */
  private int dimension() {
    try (Stream<Path> folders = Files.list(features())) {
      return folders.mapToInt(EvaluationProbe::dimension).max().orElse(1);
    } catch (IOException e) {
      throw FileFailure.unreadable(features(), e);
    }
  }

  private static int dimension(Path folder) {
    try (Features features = FeatureFolder.read(folder)) {
      return features.dimension();
    }
  }

  /** What the measuring of so much will cost, and the encoding of the samples. */
  Measured measured(EvaluateWork work) {
    double seconds = Math.max(0, fixed) + perPair * work.pairs() + perRow * work.rows();
    seconds += encoding(work.samples()) + perClassified * work.classified();
    return new Measured(UnitCost.once(seconds), whole.peakBytes(), 0, 0);
  }

  /** What the encoders' looking at real images will cost. */
  Measured judging(EvaluateWork work) {
    long images = work.real().values().stream().mapToLong(Long::longValue).sum();
    return new Measured(
        UnitCost.once(encoding(work.real())), whole.peakBytes(), diskPerImage * images, 0);
  }

  private double encoding(Map<String, Long> shown) {
    return shown.entrySet().stream()
        .mapToDouble(one -> perEncoding.get(one.getKey()) * one.getValue())
        .sum();
  }
}
