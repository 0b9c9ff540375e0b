package io.winnow.pipeline;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.ReplayedDenoiser;
import io.winnow.files.ContentHash;
import io.winnow.files.FileFailure;
import io.winnow.model.ModelFolder;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import io.winnow.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Samples from a checkpoint folder, on a device. */
public final class Sampling {
  private static final System.Logger LOGGER = System.getLogger(Sampling.class.getName());

  private final SampleConfig config;
  private final List<String> classes;
  private final long seed;
  private final Compute compute;
  private final int[] labels;
  private final List<String> prompts; // of the classes; null where none are told
  private final Witness witness;

  /**
   * Without a data set, classes in turn.
   *
   * @param classes K names in label order; none for a network without classes
   */
  public Sampling(SampleConfig config, List<String> classes, long seed, Compute compute) {
    this(
        config,
        classes,
        classes.isEmpty() ? new int[0] : SampleLabels.inTurn(classes.size(), config.count()),
        null,
        seed,
        compute,
        Witness.NONE);
  }

  /**
   * Of texts in turn, without a data set.
   *
   * @param prompts each with a folder of samples of its own
   */
  public static Sampling ofPrompts(
      SampleConfig config, List<String> prompts, long seed, Compute compute) {
    int[] labels = SampleLabels.inTurn(prompts.size(), config.count());
    return new Sampling(config, prompts, labels, prompts, seed, compute, Witness.NONE);
  }

  /**
   * @param classes K names in label order
   * @param labels class of every sample, [N]
   * @param prompts of the classes, [K], for a model that is told texts; null for others
   */
  Sampling(
      SampleConfig config,
      List<String> classes,
      int[] labels,
      @OrNull List<String> prompts,
      long seed,
      Compute compute,
      Witness witness) {
    this.config = config;
    this.labels = labels;
    this.prompts = prompts;
    this.classes = List.copyOf(classes);
    this.seed = seed;
    this.compute = compute;
    this.witness = witness;
  }

  /**
   * For places that a user names: what is there is not replaced.
   *
   * @throws IllegalArgumentException when there is a file, or a folder that is not empty
   */
  public static void requireFree(Path target) {
    if (!Files.exists(target)) {
      return;
    }
    try (Stream<Path> inside = Files.isDirectory(target) ? Files.list(target) : Stream.of(target)) {
      if (inside.findAny().isPresent()) {
        throw new IllegalArgumentException(
            target
                + ": exists already, and samples would replace it; expected a new place. Choose"
                + " another with --out, or delete it.");
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(target, e);
    }
  }

  /**
   * Draws what is missing and writes the set.
   *
   * @param model a diffusers folder; raw weights are those that Winnow puts beside
   * @param parts folder of finished batches, removed at the end
   * @param target folder of PNG files, or the {@code .npz}
   * @return what was drawn from what
   * @throws Interrupted after a whole batch, when {@code stop} says so
   */
  public RunRecord.Sampling run(
      Path model, Path parts, Path target, Progress listener, BooleanSupplier stop) {
    try (ModelFolder folder = ModelFolder.read(model)) {
      requireClasses(model, folder);
      return run(model, folder, parts, target, listener, stop);
    }
  }

  private RunRecord.Sampling run(
      Path model,
      ModelFolder folder,
      Path parts,
      Path target,
      Progress listener,
      BooleanSupplier stop) {
    DenoisingNetwork network = folder.network();
    if (config.weights() == SampleConfig.Weights.RAW) {
      loadRaw(model, network);
    }
    compute.place(network);
    network.train(false);
    SampleSpace space = SampleSpace.of(model, folder);
    if (space.vae() != null) {
      compute.place(space.vae());
    }
    Denoiser asked = witness.network("samples of " + model.getFileName(), network);
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed =
            new ReplayedDenoiser(
                autocast(asked), witness.recorder(compute.recorder()), Sampling::refused)) {
      SampleStage drawing =
          new SampleStage(config, classes, labels, seed, space, told(folder), compute.device());
      drawing.run(replayed, folder.scheduler(), parts, target, listener, stop);
      return facts(model, network, drawing);
    }
  }

  /** What samples are told by their labels: their classes, or the prompts of these. */
  private Function<long[], Condition> told(ModelFolder folder) {
    if (folder.prompts() == null) {
      return y -> Condition.ofClasses(Tensors.of(y, y.length));
    }
    Tensor states = folder.prompts().encode(prompts).states(); // [K, N, E]
    Tensor none = folder.prompts().encode(List.of("")).states(); // [1, N, E]
    return y -> Condition.ofPrompts(states.index_select(0, Tensors.of(y, y.length)), none);
  }

  private RunRecord.Sampling facts(Path model, DenoisingNetwork network, SampleStage drawing) {
    boolean raw = config.weights() == SampleConfig.Weights.RAW;
    return new RunRecord.Sampling(
        raw ? "raw" : "ema",
        ContentHash.of(raw ? model.resolve(TrainStage.RAW) : ModelFolder.weights(model)),
        ReweightStage.mode(network),
        config.guidance().weight(),
        classes.size(),
        drawing.countByClass());
  }

  private void requireClasses(Path model, ModelFolder folder) {
    if (folder.prompts() != null) {
      requirePrompts(model);
      return;
    }
    Integer embedded = folder.network().classEmbeddings();
    if (embedded == null ? !classes.isEmpty() : embedded != classes.size() + 1) {
      throw new IllegalArgumentException(
          model
              + ": num_class_embeds is "
              + embedded
              + ", expected "
              + (classes.size() + 1)
              + ", the classes and the null class. Is it the model of another data set?");
    }
  }

  private void requirePrompts(Path model) {
    if (prompts == null || prompts.isEmpty()) {
      throw new IllegalArgumentException(
          model + ": a model that is told texts, but none is given; expected at least one prompt.");
    }
  }

  private static void loadRaw(Path model, DenoisingNetwork network) {
    Path raw = model.resolve(TrainStage.RAW);
    if (!Files.exists(raw)) {
      throw new IllegalArgumentException(
          raw + ": no such file; expected the raw weights that training leaves. Use weights: ema.");
    }
    try (Scope scope = Scope.open()) {
      StateDict.load(network.state(), Safetensors.read(raw), raw.toString());
    }
  }

  private static void refused(String why) {
    LOGGER.log(
        System.Logger.Level.WARNING,
        "compute.graphs: sampling goes step by step, as its work could not be recorded: {0}",
        why);
  }

  /** The network in the precision of the device; noise and steps stay float32. */
  private Denoiser autocast(Denoiser network) {
    return (xt, t, condition) -> {
      try (Compute.Autocast region = compute.autocast()) {
        return network.predict(compute.images(xt), t, condition);
      }
    };
  }
}
