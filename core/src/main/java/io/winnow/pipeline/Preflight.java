package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.evaluate.MetricKind;
import io.winnow.prune.PossibleSteps;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What would end a run after hours of training and can be known at its start: refused before the
 * first stage.
 */
final class Preflight {
  private final Recipe recipe;
  private final RunData data;
  private final LatentStage latents;
  private final TextStage texts;

  private Preflight(
      Recipe recipe, RunData data, @OrNull LatentStage latents, @OrNull TextStage texts) {
    this.recipe = recipe;
    this.data = data;
    this.latents = latents;
    this.texts = texts;
  }

  /**
   * Looks at everything that stages will need.
   *
   * @param latents of the run; null for a model on images
   * @param texts of the run; null for a model that is told none
   * @throws IllegalArgumentException naming the key
   */
  static void check(
      Recipe recipe,
      RunData data,
      @OrNull LatentStage latents,
      @OrNull TextStage texts,
      List<StageId> stages) {
    Preflight preflight = new Preflight(recipe, data, latents, texts);
    stages.forEach(preflight::check);
  }

  /** As above for a run that is not there yet: of its images the first is decoded at most. */
  static void check(Recipe recipe, RunData data, Compute compute, List<StageId> stages) {
    RunLayout none = new RunLayout(Path.of(""));
    LatentStage latents = LatentStage.of(recipe, data, none, compute, Progress.SILENT, () -> false);
    TextStage texts = TextStage.of(recipe, data, none, compute, Progress.SILENT, () -> false);
    check(recipe, data, latents, texts, stages);
  }

  private void check(StageId stage) {
    switch (stage) {
      case REWEIGHT -> {
        reference();
        network();
      }
      case REFERENCE, TRAIN, TRAIN_UNWEIGHTED -> network();
      case SAMPLE, SAMPLE_UNWEIGHTED -> sampler();
      case EVALUATE -> metrics();
      case TEXTS -> texts.prompts();
      case PRUNE -> {
        recipe.prune().models().forEach(Preflight::model);
        PossibleSteps.require(recipe.prune(), data.size(), data.classCount());
      }
      case ENCODER, ENCODE, SCORE, AUTOENCODER, LATENTS, JUDGE -> {}
    }
  }

  private static void model(String folder) {
    if (!Files.isDirectory(Path.of(folder))) {
      throw new IllegalArgumentException(
          "prune.steps: "
              + folder
              + " is no folder; expected a diffusers folder of a network on these images. A run"
              + " leaves one in model/ and in reference/.");
    }
  }

  private void reference() {
    String path = recipe.reweight().reference().path();
    boolean asked = recipe.reweight().settings().needsReference();
    if (asked && path != null && !Files.isDirectory(Path.of(path))) {
      throw new IllegalArgumentException(
          "reweight.reference.path: "
              + path
              + " is no folder; expected a diffusers folder of the model's shape. null trains"
              + " one.");
    }
  }

  /** The images have one size, and the network can halve it as often as it wants to. */
  private void network() {
    scheduler();
    if (recipe.model().latent() && latents == null) {
      throw new IllegalArgumentException(
          "latents: absent, but the model denoises latents; expected the autoencoder that they are"
              + " of. Add latents: {vae: FOLDER}, or {vae: train}.");
    }
    if (latents != null) {
      latents.requireFits(recipe.model());
      return;
    }
    recipe.model().requireFits(data.height(), data.width(), data.classCount());
  }

  private void sampler() {
    if (!recipe.model().conditional() && recipe.sample().guidance().weight() > 0) {
      throw new IllegalArgumentException(
          "sample.guidanceWeight: "
              + recipe.sample().guidance().weight()
              + ", but the model is told no classes (model.classes: none) to be guided to; expected"
              + " 0. Set sample.guidanceWeight: 0.");
    }
    recipe.sample().requireFits(recipe.model().channels());
    SchedulerConfig scheduler = scheduler();
    try {
      recipe.sample().sampler().sampler(scheduler);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("sample.sampler: " + e.getMessage(), e);
    }
  }

  /** What the model will be sampled with: its forward process and its prediction go together. */
  private SchedulerConfig scheduler() {
    return recipe.model().scheduler(recipe.train().parameterization());
  }

  private void metrics() {
    new Judges(recipe).weights();
    EvaluateStage.requireReference(recipe, data.dataset().classes());
    if (!recipe.model().conditional()) {
      requireNoneByClass();
      return;
    }
    EvaluateStage.requireClassifier(recipe, data.dataset().classes());
    for (MetricKind kind : recipe.evaluate().metrics()) {
      if (kind.byClass() && leastOfAClass() < 2) {
        throw new IllegalArgumentException(
            "sample.count: "
                + recipe.sample().count()
                + " samples of "
                + data.classCount()
                + " classes, but "
                + kind.slug()
                + " needs 2 of each. Draw "
                + (recipe.sample().labels() == SampleConfig.Labels.BALANCED
                    ? "at least " + 2 * data.classCount()
                    : "more, or with sample.labels: balanced")
                + ", or take "
                + kind.slug()
                + " out of evaluate.metrics.");
      }
    }
  }

  /** Samples of no class are measured as a whole; of a default list, the rest is left out. */
  private void requireNoneByClass() {
    for (MetricKind kind : recipe.evaluate().metrics()) {
      boolean needsClasses = kind.byClass() || kind == MetricKind.CLASS_AGREEMENT;
      if (needsClasses && recipe.evaluate().asked()) {
        throw new IllegalArgumentException(
            "evaluate.metrics: "
                + kind.slug()
                + " needs samples of known classes, but the model is told none (model.classes:"
                + " none). Take it out of evaluate.metrics.");
      }
    }
  }

  /** Samples of the class that gets the fewest. */
  private long leastOfAClass() {
    int[] labels = recipe.sample().labelsOf(data.labels(), data.classCount());
    long[] counts = new long[data.classCount()];
    for (int label : labels) {
      counts[label]++;
    }
    return LongStream.of(counts).min().orElse(0);
  }
}
