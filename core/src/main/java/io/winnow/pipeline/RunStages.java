package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunLayout.Network;
import io.winnow.config.OrNull;
import io.winnow.encode.Encoder;
import io.winnow.evaluate.MetricKind;
import io.winnow.prune.ImageLosses;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainLength;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** The stages of a run as objects. */
final class RunStages {
  private final Recipe recipe;
  private final RunData data;
  private final RunLayout run;
  private final Compute compute;
  private final StageInputs inputs;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final Witness witness;
  private final EncodeStage encoding;
  private final TextStage texts; // null for a model that is told none
  private final LatentStage latents; // null for a model on images
  private final TrainStage training;
  private final RealImages real;

  RunStages(
      Recipe recipe,
      RunData data,
      RunLayout run,
      Compute compute,
      StageInputs inputs,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    this.recipe = recipe;
    this.data = data;
    this.run = run;
    this.compute = compute;
    this.inputs = inputs;
    this.listener = listener;
    this.stop = stop;
    this.witness = witness;
    this.encoding =
        new EncodeStage(recipe.encode(), recipe.seed(), run, compute.device(), listener, stop);
    this.real = new RealImages(recipe, data, run);
    this.latents = LatentStage.of(recipe, data, run, compute, listener, stop);
    this.texts = TextStage.of(recipe, data, run, compute, listener, stop);
    this.training =
        new TrainStage(recipe.model(), data, latents, texts, run, compute, listener, stop, witness);
  }

  /** A stage that the recipe has. */
  RunStage stage(StageId id) {
    return switch (id) {
      case ENCODER -> classifier();
      case ENCODE -> features();
      case SCORE -> scoring();
      case PRUNE -> new Selection();
      case TEXTS -> texts.stage(inputs);
      case AUTOENCODER -> latents.training(inputs);
      case LATENTS -> latents.encoding(inputs);
      case REFERENCE -> reference();
      case REWEIGHT -> new Weights();
      case TRAIN -> new Model(id, Network.MODEL);
      case TRAIN_UNWEIGHTED -> new Model(id, Network.UNWEIGHTED);
      case SAMPLE -> new Samples(id, Network.MODEL, StageId.TRAIN);
      case SAMPLE_UNWEIGHTED -> new Samples(id, Network.UNWEIGHTED, StageId.TRAIN_UNWEIGHTED);
      case JUDGE -> new JudgeStage(recipe, encoding, real, inputs, listener, stop);
      case EVALUATE -> new Measurement();
    };
  }

  /**
   * Refuses at the start what stages would refuse later on.
   *
   * @throws IllegalArgumentException naming the key
   */
  void preflight(List<StageId> plan) {
    Preflight.check(recipe, data, latents, texts, plan);
  }

  /** Images that a training of the model on everything puts through the network. */
  long imagesOfFullTraining() {
    int all = data.size();
    return TrainLength.of(ReweightPlan.lasting(recipe.train(), null, all), all, all).images();
  }

  private Coreset coreset() {
    return CoresetFiles.read(run.folder());
  }

  private int[] all() {
    return IntStream.range(0, data.size()).toArray();
  }

  private LossWeighting uniform() {
    return ClassLossWeights.uniform(data.classCount());
  }

  /** The classifier that the data set brings forth itself. */
  private RunStage classifier() {
    return new PlainStage(
        StageId.ENCODER,
        inputs::encoder,
        encoding.classifierFiles(),
        List.of(encoding.classifierFolder()),
        () -> encoding.train(data));
  }

  /** The features of every image. What was said of earlier ones goes with them. */
  private RunStage features() {
    return new PlainStage(
        StageId.ENCODE,
        inputs::encode,
        List.of(encoding.featuresFolder()),
        List.of(run.diagnostics()),
        () -> encoding.encode(data));
  }

  private PruneStage pruning() {
    ImageLosses losses = new CheckpointLosses(data, run, compute, recipe.seed(), listener, stop);
    return new PruneStage(data, recipe.prune(), recipe.seed(), run, losses, listener);
  }

  /** The score of every image. */
  private RunStage scoring() {
    return new PlainStage(
        StageId.SCORE,
        inputs::score,
        List.of(run.scores()),
        List.of(),
        () -> pruning().score(encoding::features));
  }

  /** The coreset. */
  private final class Selection implements RunStage {
    @Override
    public StageId id() {
      return StageId.PRUNE;
    }

    @Override
    public Map<String, String> inputs() {
      return inputs.prune();
    }

    /** Without the manifest, which weights per class are put into later on. */
    @Override
    public List<Path> outputs() {
      return List.of(run.selection(), run.kept(), run.dropped(), run.gallery());
    }

    @Override
    public StageOutcome run() {
      if (!PruneStage.needsFeatures(recipe.prune())) {
        return pruning().select(null, encoding::features);
      }
      try (Encoder encoder = encoding.open()) {
        return pruning().select(encoder.identity().hash(), encoding::features);
      }
    }

    @Override
    public void discard() {
      pruning().discardSelection();
    }
  }

  /** The network that saw everything. */
  private RunStage reference() {
    TrainConfig config =
        ReweightPlan.lasting(recipe.train(), recipe.reweight().reference().epochs(), data.size());
    return new PlainStage(
        StageId.REFERENCE,
        () -> inputs.reference(config),
        List.of(run.network(Network.REFERENCE)),
        List.of(run.trainState(Network.REFERENCE)),
        () ->
            training.train(
                Network.REFERENCE,
                all(),
                config,
                uniform(),
                Training.REFERENCE.streams(recipe.seed())));
  }

  /** The weights of the classes, and the proxy that learns them. */
  private final class Weights implements RunStage {
    private final ReweightStage reweighting =
        new ReweightStage(recipe, training, data, compute, run);

    @Override
    public StageId id() {
      return StageId.REWEIGHT;
    }

    @Override
    public Map<String, String> inputs() {
      return inputs.reweight(reweighting.config(coreset().kept()), reweighting.referenceFolder());
    }

    @Override
    public List<Path> outputs() {
      return reweighting.outputs();
    }

    @Override
    public StageOutcome run() {
      return reweighting.run(coreset(), Training.PROXY.streams(recipe.seed()), listener);
    }

    @Override
    public void discard() {
      reweighting.discard();
    }
  }

  /** The model, or the same one without weights per class. */
  private final class Model implements RunStage {
    private final StageId id;
    private final Network network;

    Model(StageId id, Network network) {
      this.id = id;
      this.network = network;
    }

    @Override
    public StageId id() {
      return id;
    }

    /** The manifest says the weights that were learnt last, whoever trains on it. */
    @Override
    public void prepare() {
      weighted();
    }

    @Override
    public Map<String, String> inputs() {
      double[] scores = recipe.train().dataWarmup() == null ? null : coreset().scores();
      return inputs.train(network == Network.MODEL ? weights() : null, scores);
    }

    @Override
    public List<Path> outputs() {
      return List.of(run.network(network));
    }

    @Override
    public StageOutcome run() {
      Coreset coreset = weighted();
      return training.train(
          network,
          coreset.kept(),
          coreset.scores(),
          recipe.train(),
          network == Network.MODEL ? weighting(coreset) : uniform(),
          Training.MODEL.streams(recipe.seed()));
    }

    private LossWeighting weighting(Coreset coreset) {
      return CoresetWeights.weighting(
          CoresetWeights.byClass(coreset), coreset.kept(), data, recipe.train().weightsAs());
    }

    private Coreset weighted() {
      return new CoresetWeights(run.folder()).put(coreset(), weights());
    }

    private @OrNull ClassWeights weights() {
      return recipe.reweight().enabled() ? ClassWeights.read(run.classWeights()) : null;
    }

    @Override
    public void discard() {
      training.discard(network);
    }
  }

  /** Images of a model. */
  private final class Samples implements RunStage {
    private final StageId id;
    private final Network network;
    private final StageId trainedBy;
    private final List<String> classes =
        recipe.model().conditional() ? data.dataset().classes() : List.of();
    private final int[] labels =
        classes.isEmpty() ? new int[0] : recipe.sample().labelsOf(data.labels(), data.classCount());

    Samples(StageId id, Network network, StageId trainedBy) {
      this.id = id;
      this.network = network;
      this.trainedBy = trainedBy;
    }

    @Override
    public StageId id() {
      return id;
    }

    @Override
    public Map<String, String> inputs() {
      return inputs.sample(trainedBy, labels, prompts());
    }

    /** The prompt of every class, for a model that is told texts. */
    private @OrNull List<String> prompts() {
      return texts == null ? null : texts.prompts().byClass();
    }

    @Override
    public List<Path> outputs() {
      return List.of(
          recipe.sample().format() == SampleConfig.Format.NPZ
              ? run.samplesArray(network)
              : run.samples(network));
    }

    @Override
    public StageOutcome run() {
      compute.apply();
      Sampling sampling =
          new Sampling(
              recipe.sample(), classes, labels, prompts(), recipe.seed(), compute, witness);
      return new StageOutcome(
          recipe.sample().count(),
          null,
          null,
          sampling.run(
              run.network(network), run.sampleParts(network), outputs().get(0), listener, stop));
    }

    @Override
    public void discard() {
      List.of(run.sampleParts(network), run.samples(network), run.samplesArray(network))
          .forEach(Leftovers::delete);
    }
  }

  /** The metrics of the samples. */
  private final class Measurement implements RunStage {
    private final boolean baseline = RunPlan.hasBaseline(recipe);
    private final boolean memorises = recipe.evaluate().metrics().contains(MetricKind.MEMORISATION);
    private final EvaluateStage evaluation =
        new EvaluateStage(
            recipe, data, encoding, real, compute.bf16() ? "bf16" : "float32", run, listener, stop);

    @Override
    public StageId id() {
      return StageId.EVALUATE;
    }

    @Override
    public Map<String, String> inputs() {
      String heldOut = memorises ? OtherImages.heldOut(recipe, run).identity() : OtherImages.NONE;
      String reference = OtherImages.reference(recipe, run).identity();
      return inputs.evaluate(heldOut, reference, trained(), baseline);
    }

    @Override
    public List<Path> outputs() {
      return memorises ? List.of(run.metrics(), run.memorisation()) : List.of(run.metrics());
    }

    @Override
    public StageOutcome run() {
      return evaluation.run(trained(), baseline);
    }

    /** Positions that the model has seen. */
    private int[] trained() {
      return recipe.train().anneal() == null ? coreset().kept() : all();
    }

    @Override
    public void discard() {
      evaluation.discard();
    }
  }
}
