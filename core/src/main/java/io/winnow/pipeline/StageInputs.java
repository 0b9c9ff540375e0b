package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.config.OrNull;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.model.StableDiffusionModelConfig;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.pipeline.Judges.Real;
import io.winnow.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What every stage of a recipe depends on, by name: a stage runs again when one of these changes.
 * What a stage takes from an earlier one is there by the hash of its content.
 */
final class StageInputs {
  /** The input of every stage that draws. */
  static final String SEED = "seed";

  private static final TrainConfig.CheckpointRule NO_CHECKPOINTS =
      new TrainConfig.CheckpointRule(null, null, null);

  private final Recipe recipe;
  private final String dataset;
  private final Function<StageId, Map<String, String>> outputs;
  private final Function<Path, String> contents;

  /**
   * @param dataset hash of the images, as {@code Inventory.hash}
   * @param outputs hashes of what a stage left, by path
   * @param contents hash of a file or folder
   */
  StageInputs(
      Recipe recipe,
      String dataset,
      Function<StageId, Map<String, String>> outputs,
      Function<Path, String> contents) {
    this.recipe = recipe;
    this.dataset = dataset;
    this.outputs = outputs;
    this.contents = contents;
  }

  /** Of the classifier that is trained on the data set. */
  Map<String, String> encoder() {
    Map<String, String> inputs = seeded();
    inputs.put("recipe.encode.training", hash(recipe.encode().training()));
    return inputs;
  }

  Map<String, String> encode() {
    Map<String, String> inputs = images();
    inputs.putAll(ownEncoder());
    return inputs;
  }

  /** What the recipe's own encoder is made of. */
  private Map<String, String> ownEncoder() {
    Map<String, String> inputs = new TreeMap<>();
    if (recipe.encode().draws()) {
      inputs.put(SEED, Long.toString(recipe.seed()));
    }
    if (recipe.encode().trains()) {
      inputs.put("encoder", left(StageId.ENCODER));
    } else {
      inputs.put("weights", contents.apply(Path.of(recipe.encode().weights())));
    }
    inputs.put(
        "recipe.encode",
        hash(
            List.of(
                recipe.encode().encoder(),
                recipe.encode().precision(),
                String.valueOf(recipe.encode().normalization()),
                recipe.encode().ddae())));
    return inputs;
  }

  /**
   * Of what the encoders that judge make of real images.
   *
   * @param shown images by the name of the encoder
   * @param identity of the images
   */
  Map<String, String> judge(Map<String, Set<Real>> shown, Function<Real, String> identity) {
    Map<String, String> inputs = new TreeMap<>();
    shown.forEach(
        (name, images) -> {
          images.forEach(one -> inputs.put(one + " of " + name, identity.apply(one)));
          String file = recipe.evaluate().weights().get(name);
          if (new Judges(recipe).isSelector(name)) {
            inputs.putAll(ownEncoder());
          } else if (file != null) { // else refused before anything runs
            inputs.put("weights." + name, contents.apply(Path.of(file)));
          }
        });
    return inputs;
  }

  Map<String, String> score() {
    Map<String, String> inputs = images();
    inputs.put("features", left(StageId.ENCODE));
    inputs.put("scoring", recipe.prune().scoring());
    return inputs;
  }

  Map<String, String> prune() {
    Map<String, String> inputs = recipe.prune().draws() ? seeded() : images();
    if (PruneStage.scoresApart(recipe.prune())) {
      inputs.put("scores", left(StageId.SCORE));
    } else if (PruneStage.needsFeatures(recipe.prune())) {
      inputs.put("features", left(StageId.ENCODE));
    }
    if (recipe.prune().steps() != null) {
      inputs.put(
          "steps", recipe.prune().steps().toString()); // their kinds are not in the hash below
    }
    for (String model : recipe.prune().models()) {
      inputs.put("model " + model, contents.apply(Path.of(model)));
      inputs.put("precision", recipe.compute().precision());
    }
    inputs.put("recipe.prune", hash(recipe.prune()));
    return inputs;
  }

  /** Of the autoencoder that is trained on the data set. */
  Map<String, String> autoencoder() {
    Map<String, String> inputs = seeded();
    inputs.put("recipe.latents.training", hash(recipe.latents().training()));
    inputs.put("flip", Boolean.toString(recipe.train().flip()));
    inputs.put("precision", recipe.compute().precision());
    return inputs;
  }

  /**
   * @param vae folder of the autoencoder
   */
  Map<String, String> latents(Path vae) {
    Map<String, String> inputs = images();
    inputs.put("vae", contents.apply(vae));
    inputs.put("storage", hash(recipe.latents().storage()));
    inputs.put("flip", Boolean.toString(recipe.train().flip()));
    return inputs;
  }

  /**
   * @param texts of classes and images
   */
  Map<String, String> texts(List<String> texts) {
    Map<String, String> inputs = textEncoder(recipe, contents);
    inputs.put("texts", hash(texts));
    return inputs;
  }

  /**
   * What the encoder of texts is made of, by name.
   *
   * @param contents hash of a file or folder
   */
  static Map<String, String> textEncoder(Recipe recipe, Function<Path, String> contents) {
    Map<String, String> parts = new TreeMap<>();
    StableDiffusionModelConfig model = (StableDiffusionModelConfig) recipe.model();
    if (model.from() == null) {
      parts.put("sizes", Sha256.of(Json.string(model.sizes().text())));
      parts.put(SEED, Long.toString(recipe.seed()));
    } else {
      PromptEncoder.folders(Path.of(model.from()))
          .forEach(folder -> parts.put(folder.getFileName().toString(), contents.apply(folder)));
    }
    return parts;
  }

  /**
   * @param config of the reference's training
   */
  Map<String, String> reference(TrainConfig config) {
    return training(config);
  }

  /**
   * @param config of the proxy's training
   * @param reference the folder of the reference's checkpoint
   */
  Map<String, String> reweight(TrainConfig config, Path reference) {
    Map<String, String> inputs = training(config);
    inputs.put("coreset", left(StageId.PRUNE));
    if (recipe.reweight().settings().needsReference()) {
      inputs.put("reference", contents.apply(reference));
    }
    inputs.put("recipe.reweight", hash(recipe.reweight().settings()));
    return inputs;
  }

  /**
   * @param weights null for 1 everywhere
   * @param scores that images are ordered by; null where they are not
   */
  Map<String, String> train(@OrNull ClassWeights weights, @OrNull double[] scores) {
    Map<String, String> inputs = training(recipe.train());
    inputs.put("coreset", left(StageId.PRUNE));
    inputs.put(
        "weights", weights == null ? "none" : hash(List.of(weights.weights(), weights.alpha())));
    if (scores != null) {
      inputs.put("scores", hash(scores));
    }
    return inputs;
  }

  /**
   * @param training the stage that left the model
   * @param labels class of every sample, [N]
   * @param prompts of every class; null for a model that is told no texts
   */
  Map<String, String> sample(StageId training, int[] labels, @OrNull List<String> prompts) {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("model", left(training));
    inputs.put("labels", hash(labels));
    if (prompts != null) {
      inputs.put("prompts", hash(prompts));
    }
    inputs.put("recipe.sample", hash(recipe.sample()));
    inputs.put("precision", recipe.compute().precision());
    inputs.put(SEED, Long.toString(recipe.seed()));
    return inputs;
  }

  /**
   * @param heldOut identity of the held-out images
   * @param trained positions that the model has seen
   * @param baseline whether a model without class weights is measured beside
   */
  Map<String, String> evaluate(String heldOut, String reference, int[] trained, boolean baseline) {
    Map<String, String> inputs = seeded();
    inputs.put("samples", left(StageId.SAMPLE));
    inputs.put("coreset", left(StageId.PRUNE));
    inputs.put("features", left(StageId.ENCODE));
    inputs.put("heldOut", heldOut);
    inputs.put("reference", reference);
    inputs.put("trained", hash(trained));
    inputs.put("baseline", baseline ? left(StageId.SAMPLE_UNWEIGHTED) : "none");
    inputs.put("recipe.evaluate", hash(recipe.evaluate()));
    inputs.put("recipe.sample", hash(recipe.sample()));
    inputs.put("precision", recipe.compute().precision());
    recipe
        .evaluate()
        .weights()
        .forEach(
            (encoder, file) -> inputs.put("weights." + encoder, contents.apply(Path.of(file))));
    return inputs;
  }

  /** Of a stage that draws nothing: the same for every seed, so that runs may share it. */
  private Map<String, String> images() {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("dataset", dataset);
    inputs.put("images", recipe.dataset().size() + " " + recipe.dataset().resize());
    return inputs;
  }

  private Map<String, String> seeded() {
    Map<String, String> inputs = images();
    inputs.put(SEED, Long.toString(recipe.seed()));
    return inputs;
  }

  private Map<String, String> training(TrainConfig config) {
    Map<String, String> inputs = seeded();
    inputs.put("recipe.model", hash(recipe.model()));
    inputs.put("recipe.train", hash(withoutBookkeeping(config)));
    inputs.put("precision", recipe.compute().precision());
    if (recipe.model().prompted()) {
      inputs.put("texts", left(StageId.TEXTS));
    }
    if (recipe.model() instanceof StableDiffusionModelConfig model && model.from() != null) {
      inputs.put("pretrained", contents.apply(Path.of(model.from()).resolve("unet")));
    }
    if (recipe.latents() != null) {
      inputs.put("latents", left(StageId.LATENTS));
    }
    return inputs;
  }

  /** Checkpoints and reports do not change what is trained. */
  private static TrainConfig withoutBookkeeping(TrainConfig config) {
    return new TrainConfig(
        config.epochs(),
        config.steps(),
        config.batch(),
        config.microBatch(),
        config.learningRate(),
        config.warmupEpochs(),
        config.adam(),
        config.optimizer(),
        config.ema(),
        config.emaRule(),
        config.gradientClip(),
        config.minSnr(),
        config.prediction(),
        config.flip(),
        config.anneal(),
        config.annealWeights(),
        config.weightsAs(),
        NO_CHECKPOINTS,
        1,
        config.infobatch(),
        config.dataWarmup());
  }

  private String left(StageId stage) {
    return Sha256.of(outputs.apply(stage).toString());
  }

  private static String hash(Object part) {
    return Sha256.of(Json.string(part));
  }
}
