package io.winnow.pipeline;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.evaluate.MetricKind;
import io.winnow.forecast.MicroBatch;
import io.winnow.forecast.StageForecast.State;
import io.winnow.tensor.Compute;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What every stage costs that a run has yet to run: tries them in the order in which one takes what
 * another one left, the trainings as early as that goes.
 */
final class StageProbes {
  /** Images that are tried at least, where there are so many. */
  private static final int FEWEST = 256;

  private static final int BATCHES = 4;

  private final Recipe recipe;
  private final Rehearsal rehearsal;
  private final RunData data;
  private final RunData few;
  private final Standing standing;
  private final Compute compute;
  private final List<StageId> plan;
  private final StageWork work; // of the few images
  private final Map<StageId, Measured> costs = new EnumMap<>(StageId.class);
  private TrainingProbe training;
  private Measured plain;
  private EvaluationProbe evaluation;

  /**
   * @param data all images, which need not have been read
   */
  StageProbes(
      Recipe recipe, Rehearsal rehearsal, RunData data, Standing standing, Compute compute) {
    this.recipe = recipe;
    this.rehearsal = rehearsal;
    this.data = data;
    this.standing = standing;
    this.compute = compute;
    this.plan = RunPlan.of(recipe, Stage.EVALUATE);
    this.few = data.few(ReadingProbe.spread(data.size(), count(recipe, data.size())));
    this.work = new StageWork(recipe, few.size(), few.size(), data.classCount());
  }

  /** A latent costs much to make, and then little; an image the other way around. */
  private static int count(Recipe recipe, int all) {
    int batch = recipe.train().batch();
    int classifier = recipe.encode().trains() ? recipe.encode().training().batch() : 0;
    int wanted =
        recipe.latents() == null ? Math.max(FEWEST, BATCHES * Math.max(batch, classifier)) : batch;
    return Math.min(all, wanted);
  }

  /** The images that stages were tried on. */
  RunData few() {
    return few;
  }

  /** Refuses what the run would refuse at its start, and tries. */
  void run() {
    Preflight.check(recipe, data, compute, plan);
    latents();
    training = new TrainingProbe(rehearsal, recipe, few, data.size(), compute);
    features();
    selection();
    trainings();
    sampling();
  }

  private boolean toRun(StageId id) {
    return plan.contains(id) && standing.state(id) == State.TO_RUN;
  }

  private void latents() {
    LatentProbe probe = new LatentProbe(rehearsal, few);
    if (plan.contains(StageId.TEXTS)) {
      costs.put(StageId.TEXTS, probe.texts(work));
    }
    if (toRun(StageId.AUTOENCODER)) {
      costs.put(StageId.AUTOENCODER, probe.autoencoder());
    } else if (plan.contains(StageId.AUTOENCODER)) {
      rehearsal.always("latents.vae", standing.outputs(StageId.AUTOENCODER).autoencoder());
    }
    if (plan.contains(StageId.LATENTS)) {
      costs.put(StageId.LATENTS, probe.latents(work));
    }
  }

  private void features() {
    EncodingProbe probe = new EncodingProbe(rehearsal, recipe, few, data);
    if (toRun(StageId.ENCODER)) {
      costs.put(StageId.ENCODER, probe.classifier());
    } else if (plan.contains(StageId.ENCODER)) {
      rehearsal.always("encode.weights", standing.outputs(StageId.ENCODER).encoder());
    }
    if (toRun(StageId.ENCODE)) {
      costs.put(StageId.ENCODE, probe.features());
    }
  }

  private void selection() {
    SelectionProbe probe = new SelectionProbe(rehearsal, recipe, few, data.labels());
    int dimension = recipe.prune().readsFeatures() ? dimension() : 0;
    if (toRun(StageId.SCORE)) {
      costs.put(StageId.SCORE, probe.scores(dimension));
    }
    costs.put(StageId.PRUNE, probe.selection(dimension));
  }

  /** What scores and selection of another recipe cost that has the same features. */
  Map<StageId, Measured> selection(Recipe other) {
    SelectionProbe probe = new SelectionProbe(rehearsal, other, few, data.labels());
    int dimension = other.prune().readsFeatures() ? dimension() : 0;
    Map<StageId, Measured> found = new EnumMap<>(StageId.class);
    if (PruneStage.scoresApart(other.prune())) {
      found.put(StageId.SCORE, probe.scores(dimension));
    }
    found.put(StageId.PRUNE, probe.selection(dimension));
    return found;
  }

  /** D of the features, those tried or those that stand. */
  private int dimension() {
    RunLayout stood = standing.outputs(StageId.ENCODE);
    RunLayout layout = stood == null ? rehearsal.layout() : stood;
    try (Features features = FeatureFolder.read(layout.features(recipe.encode().encoder()))) {
      return features.dimension();
    }
  }

  private void trainings() {
    training.model();
    plain = training.plain();
    costs.put(StageId.REFERENCE, plain);
    costs.put(StageId.TRAIN, training.own());
    costs.put(StageId.TRAIN_UNWEIGHTED, costs.get(StageId.TRAIN));
    if (toRun(StageId.REWEIGHT)) {
      if (plan.contains(StageId.REFERENCE)) {
        training.reference();
      }
      costs.put(StageId.REWEIGHT, training.proxy());
    }
  }

  private void sampling() {
    SamplingProbe probe = new SamplingProbe(rehearsal, recipe, few);
    costs.put(StageId.SAMPLE, probe.measure());
    costs.put(StageId.SAMPLE_UNWEIGHTED, costs.get(StageId.SAMPLE));
    boolean byClass = recipe.evaluate().metrics().stream().anyMatch(MetricKind::byClass);
    int samples = Math.max(2, Math.min(recipe.sample().batch(), recipe.sample().count()));
    samples = byClass ? Math.max(samples, 2 * data.classCount()) : samples;
    probe.draw(samples, 1);
    evaluation = new EvaluationProbe(rehearsal, recipe, few, samples);
    evaluation.run(data);
  }

  /** What a stage of the recipe costs. */
  Measured of(StageId id) {
    return costs.get(id);
  }

  /** What a stage costs of the run on all images, which is trained on them alike. */
  Measured ofFull(StageId id) {
    return id == StageId.TRAIN ? plain : costs.get(id);
  }

  /** What an evaluation costs. */
  Measured evaluation(EvaluateWork what) {
    return evaluation.measured(what);
  }

  /** What the encoding of the real images costs that it compares samples with. */
  Measured judging(EvaluateWork what) {
    return evaluation.judging(what);
  }

  /** The largest micro-batch that fits. */
  MicroBatch microBatch() {
    return training.microBatch();
  }
}
