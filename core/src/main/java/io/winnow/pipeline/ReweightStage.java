package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Objectives;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.reweight.ClassReweighting;
import io.winnow.reweight.GroupDroReweighting;
import io.winnow.reweight.InverseFrequency;
import io.winnow.reweight.ReweightConfig;
import io.winnow.reweight.Reweighting;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Learns the class weights: a proxy is trained on the coreset while the frozen reference sees the
 * same noisy images (section III-C of the paper), or, by group DRO, without one.
 */
final class ReweightStage {
  private final Recipe recipe;
  private final TrainStage training;
  private final RunData data;
  private final Compute compute;
  private final RunLayout run;

  ReweightStage(Recipe recipe, TrainStage training, RunData data, Compute compute, RunLayout run) {
    this.recipe = recipe;
    this.training = training;
    this.data = data;
    this.compute = compute;
    this.run = run;
  }

  /** The reference's checkpoint: this run's own, or the one the recipe names. */
  Path referenceFolder() {
    String given = recipe.reweight().reference().path();
    return given == null ? run.network(RunLayout.Network.REFERENCE) : Path.of(given);
  }

  /** The proxy's training. */
  TrainConfig config(int[] kept) {
    return ReweightPlan.lasting(recipe.train(), recipe.reweight().proxy().epochs(), kept.length);
  }

  /** The files that it leaves; without a proxy, the weights alone. */
  List<Path> outputs() {
    return recipe.reweight().settings().needsProxy()
        ? List.of(run.network(RunLayout.Network.PROXY), run.classWeights(), run.trajectory())
        : List.of(run.classWeights());
  }

  /**
   * Trains the proxy, or goes on, where the rule has one, and writes {@code class-weights.json} and
   * {@code .csv}.
   */
  StageOutcome run(Coreset coreset, RandomStreams random, Progress listener) {
    Map<String, String> identities = new TreeMap<>();
    identities.put("dataset", data.inventory().hash());
    identities.put("coreset", coreset.hash());
    return recipe.reweight().settings().needsProxy()
        ? learn(coreset.kept(), identities, random, listener)
        : count(coreset.kept(), identities);
  }

  private StageOutcome count(int[] kept, Map<String, String> identities) {
    ReweightConfig settings = recipe.reweight().settings();
    List<String> classes = data.dataset().classes();
    InverseFrequency.of(settings, classes, counts(kept), identities).write(run.classWeights());
    return new StageOutcome(0, "inverse frequency: nothing is learnt");
  }

  private StageOutcome learn(
      int[] kept, Map<String, String> identities, RandomStreams random, Progress listener) {
    boolean compares = recipe.reweight().settings().needsReference();
    try (DenoisingNetwork reference = compares ? reference() : null) {
      return learn(kept, reference, identities, random, listener);
    }
  }

  private StageOutcome learn(
      int[] kept,
      @OrNull DenoisingNetwork reference,
      Map<String, String> identities,
      RandomStreams random,
      Progress listener) {
    ClassReweighting weighting = weighting(kept, reference, identities);
    StageOutcome proxy =
        training.train(RunLayout.Network.PROXY, kept, config(kept), weighting, random);
    ClassWeights weights = weighting.result(identities);
    weights.write(run.classWeights());
    TrajectoryCsv.write(weighting.trajectory(), run.trajectory());
    weights.warnings().forEach(warning -> listener.note("reweight: " + warning));
    String note =
        weights.warnings().isEmpty() ? proxy.note() : String.join(" ", weights.warnings());
    RunRecord.Reference compared =
        reference == null
            ? null
            : new RunRecord.Reference(
                identities.get("reference"), mode(reference), comparison(reference));
    return new StageOutcome(
        proxy.images(),
        note,
        proxy.training().comparedWith(compared, RunRecord.Range.of(weights.weights())),
        null);
  }

  /** What of the losses is compared with those of the reference, in words. */
  private String comparison(DenoisingNetwork reference) {
    TrainConfig train = recipe.train();
    SchedulerConfig scheduler = recipe.model().scheduler(train.parameterization());
    return Objectives.of(scheduler, reference, train.minSnr()).comparison();
  }

  /** Whether the dropout of a network is off, in a word. */
  static String mode(DenoisingNetwork network) {
    return network.training() ? "train" : "eval";
  }

  private ClassReweighting weighting(
      int[] kept, @OrNull DenoisingNetwork reference, Map<String, String> identities) {
    ReweightConfig settings = recipe.reweight().settings();
    List<String> classes = data.dataset().classes();
    if (reference == null) {
      return new GroupDroReweighting(settings, classes, counts(kept));
    }
    String hash = ContentHash.of(referenceFolder());
    identities.put("reference", hash);
    Denoiser asked = training.seen("reference of the proxy", reference);
    return new Reweighting(settings, classes, counts(kept), asked, hash);
  }

  /** Removes the proxy and its weights. */
  void discard() {
    training.discard(RunLayout.Network.PROXY);
    Leftovers.delete(run.classWeights());
    Leftovers.delete(run.trajectory());
  }

  /** The frozen reference: averaged weights, evaluation mode, the shape of the recipe's model. */
  DenoisingNetwork reference() {
    ModelFolder read = ModelFolder.read(referenceFolder());
    try {
      requireFits(read);
    } catch (RuntimeException e) {
      read.close();
      throw e;
    }
    DenoisingNetwork reference = read.networkAlone();
    compute.place(reference);
    reference.train(false);
    return reference;
  }

  private void requireFits(ModelFolder read) {
    try (ModelFolder expected = training.create(recipe.train(), RandomStreams.of(0))) {
      requireSameKind(read, expected);
    }
    training.requireSameSpace(read, referenceFolder());
    training.requireSameTexts(read, referenceFolder());
  }

  private void requireSameKind(ModelFolder read, ModelFolder expected) {
    if (!read.network().sameShape(expected.network())) {
      throw new IllegalArgumentException(
          referenceFolder()
              + ": a network of another shape than the recipe's model; expected the same. Set model"
              + " to the reference's, or train a reference with reweight.reference.path: null.");
    }
    Parameterization asked = expected.scheduler().parameterization();
    Parameterization given = read.scheduler().parameterization();
    if (given != asked) {
      throw new IllegalArgumentException(
          "%s: a network that predicts %s, where the recipe's predicts %s; expected the same. Name"
                  .formatted(referenceFolder(), given.key(), asked.key())
              + " another reference, or train one with reweight.reference.path: null.");
    }
  }

  private long[] counts(int[] kept) {
    long[] counts = new long[data.classCount()];
    int[] labels = data.labels();
    for (int i : kept) {
      counts[labels[i]]++;
    }
    return counts;
  }
}
