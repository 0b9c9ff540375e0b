package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.StrictYaml;
import io.winnow.encode.Encoder;
import io.winnow.evaluate.MetricKind;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One run of the method in its folder: encode, prune, reference, reweight, train, sample, evaluate.
 * Every stage is skipped while it is up to date and goes on where it was interrupted, so the same
 * call twice does nothing, and the same call after a kill ends in the bytes of an undisturbed one.
 */
public final class Pipeline implements AutoCloseable {
  private final Recipe recipe;
  private final RunLayout layout;
  private final RunFolder home;
  private final Ledger ledger;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final Compute compute;
  private final RunData data;
  private final StageInputs inputs;
  private final Witness witness;

  private Pipeline(
      Recipe recipe,
      RunFolder home,
      Compute compute,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    this.recipe = recipe;
    this.witness = witness;
    this.home = home;
    this.layout = home.layout();
    this.compute = compute;
    this.stop = stop;
    this.ledger = new Ledger(layout, home.record(), Clock.systemUTC(), System::nanoTime, listener);
    this.listener = new TickingProgress(listener, ledger);
    this.data = RunData.open(recipe.dataset(), recipe.seed(), layout, this.listener);
    this.inputs =
        new StageInputs(recipe, data.inventory().hash(), ledger::outputs, ledger::contents);
  }

  /**
   * Opens a run: takes its folder, and reads its data set where that is new or has changed.
   *
   * @throws IllegalArgumentException when folder or data cannot be used, saying why
   */
  public static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved, Path folder, Progress listener, BooleanSupplier stop) {
    return open(resolved, folder, listener, stop, Witness.NONE);
  }

  static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    Compute compute = Compute.of(resolved.value().compute());
    compute.apply();
    RunFolder home = RunFolder.open(folder, resolved, Hardware.describe(compute.describe()));
    try {
      return new Pipeline(resolved.value(), home, compute, listener, stop, witness);
    } catch (RuntimeException e) {
      home.close();
      throw e;
    }
  }

  /**
   * Runs all stages up to one.
   *
   * @throws IllegalArgumentException before the first when one of them would be refused later on
   * @throws Interrupted when a stop was requested; the same call goes on
   */
  public void run(Stage until) {
    Preflight.check(recipe, data, until);
    EncodeStage encoding =
        new EncodeStage(recipe.encode(), recipe.seed(), layout, compute.device(), listener, stop);
    if (encodes(recipe, until)) {
      encode(encoding);
    }
    if (until.compareTo(Stage.PRUNE) >= 0) {
      prune(encoding);
    }
    if (until.compareTo(Stage.REWEIGHT) >= 0 && recipe.reweight().enabled()) {
      reference();
      reweight();
    }
    if (until.compareTo(Stage.TRAIN) >= 0) {
      train();
    }
    if (until.compareTo(Stage.SAMPLE) >= 0) {
      sample("sample", RunLayout.Network.MODEL);
    }
    if (until.compareTo(Stage.EVALUATE) >= 0) {
      evaluate(encoding);
    }
  }

  /** Whether the images are encoded on the way to a stage. */
  static boolean encodes(Recipe recipe, Stage until) {
    return until == Stage.ENCODE
        || PruneStage.needsFeatures(recipe.prune())
        || (until == Stage.EVALUATE && EvaluateStage.needsEncoder(recipe));
  }

  /** Where the stages stand that were asked for, in their order. */
  public RunRecord record() {
    return ledger.record();
  }

  private void encode(EncodeStage encoding) {
    if (recipe.encode().trains()) {
      stage("encoder", inputs.encoder(), () -> encoding.train(data), encoding::discardClassifier);
    }
    stage("encode", inputs.encode(), () -> encoding.encode(data), encoding::discardFeatures);
  }

  private void prune(EncodeStage encoding) {
    PruneStage pruning = new PruneStage(data, recipe.prune(), recipe.seed(), layout, listener);
    String encoderHash = null;
    if (PruneStage.needsFeatures(recipe.prune())) {
      stage(
          "score", inputs.score(), () -> pruning.score(encoding::features), pruning::discardScores);
      try (Encoder encoder = encoding.open()) {
        encoderHash = encoder.identity().hash();
      }
    }
    String identity = encoderHash;
    stage("prune", inputs.prune(), () -> pruning.select(identity), pruning::discardSelection);
  }

  private void reference() {
    if (!recipe.reweight().trainsReference()) {
      return;
    }
    TrainConfig config =
        ReweightPlan.lasting(recipe.train(), recipe.reweight().reference().epochs(), data.size());
    TrainStage training = training();
    stage(
        "reference",
        inputs.reference(config),
        () ->
            training.train(
                RunLayout.Network.REFERENCE,
                all(),
                config,
                ClassLossWeights.uniform(classes()),
                Training.REFERENCE.streams(recipe.seed())),
        () -> training.discard(RunLayout.Network.REFERENCE));
  }

  private void reweight() {
    ReweightStage reweighting = new ReweightStage(recipe, training(), data, compute, layout);
    stage(
        "reweight",
        inputs.reweight(reweighting.config(coreset().kept()), reweighting.referenceFolder()),
        () -> reweighting.run(coreset(), Training.PROXY.streams(recipe.seed()), listener),
        reweighting::discard);
  }

  private void train() {
    TrainStage training = training();
    ClassWeights weights =
        recipe.reweight().enabled() ? ClassWeights.read(layout.classWeights()) : null;
    Coreset coreset = new CoresetWeights(layout.folder()).put(coreset(), weights);
    LossWeighting weighting =
        CoresetWeights.weighting(
            CoresetWeights.byClass(coreset), coreset.kept(), data, recipe.train().weightsAs());
    stage(
        "train",
        inputs.train(weights),
        () ->
            training.train(
                RunLayout.Network.MODEL,
                coreset.kept(),
                recipe.train(),
                weighting,
                Training.MODEL.streams(recipe.seed())),
        () -> training.discard(RunLayout.Network.MODEL));
    if (baseline()) {
      stage(
          "train-unweighted",
          inputs.train(null),
          () ->
              training.train(
                  RunLayout.Network.UNWEIGHTED,
                  coreset.kept(),
                  recipe.train(),
                  ClassLossWeights.uniform(classes()),
                  Training.MODEL.streams(recipe.seed())),
          () -> training.discard(RunLayout.Network.UNWEIGHTED));
    }
  }

  private boolean baseline() {
    return recipe.reweight().enabled() && recipe.reweight().baseline();
  }

  private void sample(String stage, RunLayout.Network model) {
    boolean npz = recipe.sample().format() == SampleConfig.Format.NPZ;
    Path pictures = layout.samples(model);
    Path archive = layout.samplesArray(model);
    Path samples = npz ? archive : pictures;
    Path parts = layout.sampleParts(model);
    int[] labels = recipe.sample().labelsOf(data.labels(), classes());
    stage(
        stage,
        inputs.sample(model == RunLayout.Network.MODEL ? "train" : "train-unweighted", labels),
        () -> {
          compute.apply();
          RunRecord.Sampling drawn =
              new Sampling(
                      recipe.sample(),
                      data.dataset().classes(),
                      labels,
                      recipe.seed(),
                      compute,
                      witness)
                  .run(layout.network(model), parts, samples, listener, stop);
          return new Ledger.Outcome(List.of(samples), recipe.sample().count(), null, null, drawn);
        },
        () -> List.of(parts, pictures, archive).forEach(PruneStage::delete));
  }

  private void evaluate(EncodeStage encoding) {
    if (baseline()) {
      sample("sample-unweighted", RunLayout.Network.UNWEIGHTED);
    }
    EvaluateStage evaluation =
        new EvaluateStage(
            recipe,
            data,
            encoding,
            compute.bf16() ? "bf16" : "float32",
            layout.folder(),
            listener,
            stop);
    int[] trained = recipe.train().anneal() == null ? coreset().kept() : all();
    boolean memorises = recipe.evaluate().metrics().contains(MetricKind.MEMORISATION);
    String heldOut = memorises ? new HeldOut(recipe, layout.folder()).identity() : HeldOut.NONE;
    stage(
        "evaluate",
        inputs.evaluate(heldOut, trained, baseline()),
        () -> evaluation.run(trained, baseline()),
        evaluation::discard);
    speedUps();
  }

  private void speedUps() {
    TrainStage training = training();
    TrainConfig config = ReweightPlan.lasting(recipe.train(), null, data.size());
    boolean referenceIsFull =
        recipe.reweight().trainsReference() && recipe.reweight().reference().epochs() == null;
    SpeedUpStage.of(
            ledger.record(),
            new SpeedUpStage.Full(training.images(config, data.size()), referenceIsFull),
            PruneStage.needsFeatures(recipe.prune()))
        .write(layout.speedUps());
  }

  private TrainStage training() {
    return new TrainStage(recipe.model(), data, layout, compute, listener, stop, witness);
  }

  private Coreset coreset() {
    return Coreset.read(layout.folder());
  }

  private int[] all() {
    return IntStream.range(0, data.size()).toArray();
  }

  private int classes() {
    return data.classCount();
  }

  private void stage(
      String name, Map<String, String> inputs, Supplier<Ledger.Outcome> work, Runnable discard) {
    if (stop.getAsBoolean()) {
      throw new Interrupted(name);
    }
    ledger.stage(
        name,
        inputs,
        new Ledger.Work() {
          @Override
          public Ledger.Outcome run() {
            return work.get();
          }

          @Override
          public void discard() {
            discard.run();
          }
        });
  }

  @Override
  public void close() {
    data.close();
    home.close();
  }
}
