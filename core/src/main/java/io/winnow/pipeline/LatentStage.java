package io.winnow.pipeline;

import io.winnow.artifact.LatentMoments;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.encode.AutoencoderRecord;
import io.winnow.encode.AutoencoderTask;
import io.winnow.encode.AutoencoderTraining;
import io.winnow.encode.LatentExtraction;
import io.winnow.encode.LatentsConfig;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelConfig;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The latents of a run: the autoencoder, given or trained on the data set, and the moments of every
 * image, each encoded once.
 */
final class LatentStage {
  private static final String CONFIG = "config.json";

  private final LatentsConfig config;
  private final boolean mirrored;
  private final long seed;
  private final RunData data;
  private final RunLayout run;
  private final Compute compute;
  private final Progress listener;
  private final BooleanSupplier stop;

  private LatentStage(
      Recipe recipe,
      RunData data,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    this.config = recipe.latents();
    this.mirrored = recipe.train().flip();
    this.seed = recipe.seed();
    this.data = data;
    this.run = run;
    this.compute = compute;
    this.listener = listener;
    this.stop = stop;
  }

  /** Null for a recipe whose model denoises images. */
  static @OrNull LatentStage of(
      Recipe recipe,
      RunData data,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    return recipe.latents() == null
        ? null
        : new LatentStage(recipe, data, run, compute, listener, stop);
  }

  /** The folder of the autoencoder: of one that is trained, once it is. */
  Path vaeFolder() {
    if (config.trains()) {
      return run.autoencoder();
    }
    Path given = Path.of(config.vae());
    Path inPipeline = given.resolve("vae");
    return Files.exists(inPipeline.resolve(CONFIG)) ? inPipeline : given;
  }

  /** The autoencoder's sizes, also before it is trained. */
  private AutoencoderKlConfig shape() {
    if (config.trains()) {
      return config.training().shape(data.height(), 1);
    }
    Path file = vaeFolder().resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          "latents.vae: %s has no config.json; expected the folder of an AutoencoderKL of diffusers, a"
                  .formatted(config.vae())
              + " pipeline with one in vae/, or train.");
    }
    return AutoencoderKlConfig.fromJson(DiffusersJson.read(file));
  }

  /** Of the latents, in cells. */
  int height() {
    return data.height() / shape().factor();
  }

  /** Of the latents, in cells. */
  int width() {
    return data.width() / shape().factor();
  }

  /**
   * Refuses an autoencoder whose latents the model cannot denoise, or whose factor does not divide
   * the images.
   *
   * @throws IllegalArgumentException naming the key
   */
  void requireFits(ModelConfig model) {
    AutoencoderKlConfig vae = shape();
    int height = data.height();
    int width = data.width();
    if (vae.latentChannels() != model.channels()) {
      throw new IllegalArgumentException(
          "latents.vae: %s has latents of %d channels, but the model denoises %d; expected the same."
                  .formatted(config.vae(), vae.latentChannels(), model.channels())
              + " Name another autoencoder.");
    }
    if (vae.inChannels() != 3 || vae.outChannels() != 3) {
      throw new IllegalArgumentException(
          "latents.vae: %s is of images of %d channels; expected 3. Name another autoencoder."
              .formatted(config.vae(), vae.inChannels()));
    }
    if (height % vae.factor() != 0 || width % vae.factor() != 0) {
      throw new IllegalArgumentException(
          "latents.vae: %s makes a cell of %d x %d pixels, but images have %d x %d; expected multiples of"
                  .formatted(config.vae(), vae.factor(), vae.factor(), height, width)
              + " %d. Set dataset.size.".formatted(vae.factor()));
    }
    model.requireFits(height(), width(), data.classCount());
    model.requireLatentsOf(vae);
  }

  /** The autoencoder, in evaluation mode; the caller closes it. */
  AutoencoderKl vae() {
    return AutoencoderKl.read(vaeFolder());
  }

  /** Identifies images and their size. */
  private String images() {
    return "%s, %s by %s"
        .formatted(data.inventory().hash(), data.config().size(), data.config().resize());
  }

  /** Both stages, outside of a run's ledger. */
  void run() {
    if (config.trains()) {
      train();
    }
    encode();
  }

  private StageOutcome train() {
    AutoencoderTask task =
        new AutoencoderTask(data.images(), images(), config.training(), mirrored, seed);
    AutoencoderRecord record =
        AutoencoderTraining.run(
            task, compute, run.autoencoder(), run.autoencoderState(), listener, stop);
    listener.note("autoencoder: " + record.describe());
    return new StageOutcome(
        (long) config.training().steps() * config.training().batch(), record.describe());
  }

  private StageOutcome encode() {
    try (AutoencoderKl vae = vae()) {
      LatentMoments.Index index =
          new LatentMoments.Index(
              ContentHash.of(vaeFolder()),
              vae.config().scalingFactor(),
              images(),
              data.size(),
              vae.config().latentChannels(),
              height(),
              width(),
              mirrored,
              config.storage());
      new LatentExtraction(vae, data.images(), compute)
          .run(run.latents(), index, config.batch(), listener, stop);
    }
    return new StageOutcome(
        (mirrored ? 2L : 1L) * data.size(),
        "latents of %d x %d cells%s"
            .formatted(height(), width(), mirrored ? ", of mirror images as well" : ""));
  }

  /**
   * The latents of this run's images by this run's autoencoder; the caller closes them.
   *
   * @throws IllegalArgumentException when those in the folder are others
   */
  LatentMoments open() {
    LatentMoments moments = LatentMoments.open(run.latents());
    try {
      moments.require(ContentHash.of(vaeFolder()), images());
      return moments;
    } catch (RuntimeException e) {
      moments.close();
      throw e;
    }
  }

  /** The training of the autoencoder as a stage of a run. */
  RunStage training(StageInputs inputs) {
    return new PlainStage(
        StageId.AUTOENCODER,
        inputs::autoencoder,
        List.of(run.autoencoder()),
        List.of(run.autoencoderState()),
        this::train);
  }

  /** The encoding of the images as a stage of a run. */
  RunStage encoding(StageInputs inputs) {
    return new PlainStage(
        StageId.LATENTS,
        () -> inputs.latents(vaeFolder()),
        List.of(run.latents()),
        List.of(),
        this::encode);
  }
}
