package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunLayout.Network;
import io.winnow.config.OrNull;
import io.winnow.data.ClassFolders;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.data.Inventory;
import io.winnow.data.NpzPictures;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.evaluate.ClassAgreement;
import io.winnow.evaluate.EvaluateConfig;
import io.winnow.evaluate.Evaluation;
import io.winnow.evaluate.EvaluationRequest;
import io.winnow.evaluate.EvaluationRequest.Training;
import io.winnow.evaluate.EvaluationSettings;
import io.winnow.evaluate.MetricKind;
import io.winnow.evaluate.Side;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.pipeline.Judges.Real;
import io.winnow.task.Progress;
import io.winnow.tensor.Workers;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/** Measures a run's samples: {@code metrics.json} and {@code memorisation.json}. */
final class EvaluateStage {
  private final Recipe recipe;
  private final Judges judges;
  private final RealImages real;
  private final RunData data;
  private final EncodeStage encoding;
  private final String precision;
  private final RunLayout run;
  private final Progress listener;
  private final BooleanSupplier stop;

  /**
   * @param encoding gives the recipe's own encoder and the features of the data set
   * @param precision arithmetic of the run, for the circumstances
   */
  EvaluateStage(
      Recipe recipe,
      RunData data,
      EncodeStage encoding,
      RealImages real,
      String precision,
      RunLayout run,
      Progress listener,
      BooleanSupplier stop) {
    this.recipe = recipe;
    this.judges = new Judges(recipe);
    this.real = real;
    this.data = data;
    this.encoding = encoding;
    this.precision = precision;
    this.run = run;
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Refuses a data set to compare samples with that is not there or has other classes.
   *
   * @param classes of the training images
   */
  static void requireReference(Recipe recipe, List<String> classes) {
    try (Dataset reference = OtherImages.openReference(recipe)) {
      if (reference != null && !Set.copyOf(reference.classes()).equals(Set.copyOf(classes))) {
        throw new IllegalArgumentException(
            "evaluate.reference: %s has the classes %s; expected those that are trained on, %s."
                .formatted(recipe.evaluate().reference(), reference.classes(), classes));
      }
    }
  }

  /**
   * Refuses class agreement that was asked for and that no encoder of the recipe can judge.
   *
   * @param classes of the data set
   */
  static void requireClassifier(Recipe recipe, List<String> classes) {
    EvaluateConfig config = recipe.evaluate();
    String own = recipe.encode().encoder();
    Judges judges = new Judges(recipe);
    if (!config.asked()
        || !config.metrics().contains(MetricKind.CLASS_AGREEMENT)
        || recipe.encode().trains()) {
      return; // a classifier that is trained on the data knows its classes
    }
    for (String name : new LinkedHashSet<>(List.of(judges.chosen(), own))) {
      EncodeConfig encoder =
          judges.isSelector(name) ? recipe.encode() : EncodeConfig.of(name, config.fileOf(name));
      try (Encoder opened =
          Encoders.open(encoder, null, new Device(torch.DeviceType.CPU), recipe.seed())) {
        if (ClassAgreement.knows(opened, classes)) {
          return;
        }
      }
    }
    throw new IllegalArgumentException(
        "evaluate.metrics: class-agreement needs a classifier of the data set's classes "
            + classes
            + ", but encoder "
            + own
            + " is none. Choose one that is (evaluate.encoder), or take class-agreement out of"
            + " evaluate.metrics.");
  }

  /**
   * Measures.
   *
   * @param trained positions of the images that the model has seen, ascending
   * @param baseline whether samples of a model without class weights are measured beside
   */
  StageOutcome run(int[] trained, boolean baseline) {
    List<MetricKind> kinds = recipe.evaluate().metrics();
    List<Metric> metrics = new ArrayList<>();
    try (Dataset other = real.open(Real.REFERENCE);
        Dataset heldOut = kinds.contains(MetricKind.MEMORISATION) ? heldOut() : null;
        Dataset samples = samples(Network.MODEL)) {
      Side held = heldOut == null ? null : real.side(Real.HELD_OUT, heldOut);
      Side own = other == null ? null : training();
      Evaluation.Outcome found =
          Evaluation.run(
              settings(),
              request(
                  Network.MODEL, samples, other, kinds, new Training(own, trained, held), null));
      metrics.addAll(found.metrics());
      if (found.memorisation() != null) {
        found.memorisation().write(run.memorisation());
      }
    }
    if (baseline) {
      List<MetricKind> own =
          kinds.stream().filter(kind -> kind != MetricKind.MEMORISATION).toList();
      try (Dataset other = real.open(Real.REFERENCE);
          Dataset samples = samples(Network.UNWEIGHTED)) {
        metrics.addAll(
            Evaluation.run(
                    settings(),
                    request(Network.UNWEIGHTED, samples, other, own, null, "unweighted"))
                .metrics());
      }
    }
    new Metrics(metrics).write(run.metrics());
    summary(metrics);
    return new StageOutcome(recipe.sample().count(), null);
  }

  private EvaluationSettings settings() {
    return new EvaluationSettings(
        name -> () -> JudgeStage.open(recipe, encoding, name),
        judges.chosen(),
        recipe.encode().encoder(),
        recipe.encode().batch(),
        run.folder(),
        run.reportData(),
        recipe.seed(),
        precision,
        listener,
        stop);
  }

  /** Removes features of samples that were drawn before. */
  void discard() {
    Leftovers.delete(run.sampleFeatures());
    Leftovers.delete(run.metrics());
    Leftovers.delete(run.memorisation());
  }

  private void summary(List<Metric> metrics) {
    if (metrics.stream().anyMatch(m -> m.c().notes().contains(Metric.JUDGED_BY_SELECTOR))) {
      listener.note("evaluate: " + Metric.JUDGED_BY_SELECTOR);
    }
    metrics.stream()
        .filter(m -> m.label() == null)
        .forEach(
            m ->
                listener.note(
                    String.format(
                        Locale.ROOT,
                        "evaluate: %s%s %.5g",
                        m.name(),
                        m.c().variant() == null ? "" : " (" + m.c().variant() + ")",
                        m.value())));
  }

  /**
   * @param other what samples are compared with; null for the training images
   * @param variant null for the run's own model, beside which the floors stand
   */
  private EvaluationRequest request(
      Network of,
      Dataset samples,
      @OrNull Dataset other,
      List<MetricKind> kinds,
      @OrNull Training training,
      @OrNull String variant) {
    return new EvaluationRequest(
        kinds,
        recipe.evaluate().asked(),
        ImageSide.of(
            samples,
            Inventory.hashOf(samples, Workers.readers()),
            encoder ->
                run.sampleFeatures()
                    .resolve(RunLayout.samplesName(of))
                    .resolve(real.space(encoder.identity().name()))),
        other == null ? training() : real.side(Real.REFERENCE, other),
        training,
        circumstances(other == null ? data.dataset() : other, variant),
        selector(),
        variant == null);
  }

  private ImageSide training() {
    return real.side(Real.TRAINING, real.open(Real.TRAINING));
  }

  /** By whose features the coreset was selected; null where none were used. */
  private @OrNull EncoderIdentity selector() {
    if (!PruneStage.needsFeatures(recipe.prune())) {
      return null;
    }
    try (Features features = encoding.features()) {
      return features.encoder();
    }
  }

  private Dataset samples(Network of) {
    return recipe.sample().format() == SampleConfig.Format.NPZ
        ? NpzPictures.open(run.samplesArray(of), data.dataset().classes())
        : new ClassFolders(
            Datasets.pictures(run.samples(of), "", recipe.dataset().maxPixels()),
            data.dataset().classes());
  }

  /**
   * @param reference what samples are compared with
   */
  private Circumstances circumstances(Dataset reference, @OrNull String variant) {
    SampleConfig sample = recipe.sample();
    return new Circumstances(
        new Metric.Sets(sample.count(), reference.size(), reference.name()),
        null,
        new Metric.Sampling(
            sample.weights().name().toLowerCase(Locale.ROOT),
            sample.describe(),
            sample.sampler().steps(),
            sample.guidance().weight()),
        recipe.seed(),
        precision,
        variant,
        real.notes());
  }

  /** Images of the same kind that no model of this run has seen; null where there are none. */
  private @OrNull Dataset heldOut() {
    try {
      return real.open(Real.HELD_OUT);
    } catch (IllegalArgumentException e) {
      listener.note("memorisation: no held-out images (" + e.getMessage() + ")");
      return null;
    }
  }
}
