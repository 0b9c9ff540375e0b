package io.winnow.pipeline;

import io.winnow.artifact.LatentMoments;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TextStates;
import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.Objectives;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.TokenMask;
import io.winnow.files.AtomicFolder;
import io.winnow.files.Sha256;
import io.winnow.model.ModelConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.RandomStreams;
import io.winnow.train.Conditioning;
import io.winnow.train.Guidance;
import io.winnow.train.Latents;
import io.winnow.train.LossWeighting;
import io.winnow.train.Pictures;
import io.winnow.train.Position;
import io.winnow.train.SampleSource;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainFiles;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainPhase;
import io.winnow.train.TrainReport;
import io.winnow.train.TrainSet;
import io.winnow.train.Trainer;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a network of the run: the reference, the proxy, the model. While it trains, its state is
 * in {@code train-state/NAME}; when it is done, its folder appears at once, a diffusers folder of
 * the averaged weights with the raw ones beside.
 */
final class TrainStage {
  static final String RAW = "train-state/raw.safetensors";

  private final ModelConfig model;
  private final List<String> classes;
  private final List<String> ids;
  private final ImageSource images;
  private final LatentStage latents; // null for a model on images
  private final TextStage texts; // null for a model that is told none
  private final RunLayout run;
  private final Compute compute;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final Witness witness;

  TrainStage(
      ModelConfig model,
      RunData data,
      @OrNull LatentStage latents,
      @OrNull TextStage texts,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    this(model, data, latents, texts, run, compute, listener, stop, Witness.NONE);
  }

  TrainStage(
      ModelConfig model,
      RunData data,
      @OrNull LatentStage latents,
      @OrNull TextStage texts,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    this.model = model;
    this.classes = data.dataset().classes();
    this.ids = data.inventory().ids();
    this.images = data.images();
    this.latents = latents;
    this.texts = texts;
    this.run = run;
    this.compute = compute;
    this.listener = listener;
    this.stop = stop;
    this.witness = witness;
  }

  /** A network as the witness lets it be asked. */
  Denoiser seen(String role, DenoisingNetwork network) {
    return witness.network(role, network);
  }

  /** An untrained network with the scheduler of its training. */
  ModelFolder create(TrainConfig config, RandomStreams random) {
    return ModelFolder.create(
        model,
        config.parameterization(),
        latents == null ? images.height() : latents.height(),
        latents == null ? images.width() : latents.width(),
        classes.size(),
        random.bits("init"));
  }

  /**
   * Refuses a network on images where this run's are on latents, or on those of another
   * autoencoder: what it is shown would be nothing that it knows.
   *
   * @param where names its folder
   */
  void requireSameSpace(ModelFolder other, Path where) {
    try (AutoencoderKl own = latents == null ? null : latents.vae()) {
      boolean same =
          own == null ? other.vae() == null : other.vae() != null && same(own, other.vae());
      if (!same) {
        throw new IllegalArgumentException(
            where
                + ": a network on the latents of another autoencoder; expected that of this run."
                + " Name another reference, or train one with reweight.reference.path: null.");
      }
    }
  }

  private static boolean same(AutoencoderKl one, AutoencoderKl other) {
    return one.config().scalingFactor() == other.config().scalingFactor()
        && same(one.state(), other.state());
  }

  private static boolean same(Map<String, Tensor> weights, Map<String, Tensor> others) {
    return weights.keySet().equals(others.keySet())
        && weights.entrySet().stream().allMatch(e -> e.getValue().equal(others.get(e.getKey())));
  }

  /**
   * Refuses a network that was told texts by another text encoder or tokenizer than this run's.
   *
   * @param where names its folder
   */
  void requireSameTexts(ModelFolder other, Path where) {
    if (texts == null) {
      return;
    }
    PromptEncoder theirs = other.prompts();
    try (PromptEncoder own = texts.encoder()) {
      if (theirs == null || !same(own, theirs, texts.prompts().byClass())) {
        throw new IllegalArgumentException(
            where
                + ": a network that was told texts by another text encoder; expected that of this"
                + " run. Name another reference, or train one with reweight.reference.path: null.");
      }
    }
  }

  private static boolean same(PromptEncoder one, PromptEncoder other, List<String> prompts) {
    return same(one.transformer().state(), other.transformer().state())
        && prompts.stream()
            .allMatch(p -> one.tokenizer().encode(p).equals(other.tokenizer().encode(p)));
  }

  /**
   * Trains, or goes on.
   *
   * @param which names the folder of the result and the curve
   * @param kept positions that are trained on
   * @return the images that went through the network, and what was trained on what
   */
  StageOutcome train(
      RunLayout.Network which,
      int[] kept,
      TrainConfig config,
      LossWeighting weighting,
      RandomStreams random) {
    return train(which, kept, null, config, weighting, random);
  }

  /**
   * The same with what a data warm-up orders by.
   *
   * @param scores of all images, [N]
   */
  StageOutcome train(
      RunLayout.Network which,
      int[] kept,
      @OrNull double[] scores,
      TrainConfig config,
      LossWeighting weighting,
      RandomStreams random) {
    compute.apply();
    String name = which.word();
    try (LatentMoments moments = latents == null ? null : latents.open();
        TextStates states = texts == null ? null : texts.open()) {
      SampleSource samples =
          moments == null
              ? new Pictures(witness.images(name, images))
              : new Latents(moments, images.labels());
      SampleSource seen = witness.samples(name, samples);
      TrainSet set = new TrainSet(seen, seen.labels(), kept, told(states), scores);
      return train(which, set, config, weighting, random);
    }
  }

  /** What the network is told about its samples; null for an unconditional one. */
  private @OrNull Conditioning told(@OrNull TextStates states) {
    if (states != null) {
      return texts.told(states);
    }
    return model.conditional() ? new Guidance(classes.size(), model.labelDropout()) : null;
  }

  private StageOutcome train(
      RunLayout.Network which,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      RandomStreams random) {
    String name = which.word();
    try (ModelFolder made = create(config, random);
        Trainer trainer = trainer(which, made, set, config, weighting, random)) {
      run(name, trainer);
      write(which, made, trainer);
      Leftovers.delete(run.trainState(which));
      return new StageOutcome(
          trainer.totalImages(),
          trainer.totalSteps() + " updates",
          facts(trainer, weighting, random),
          null);
    }
  }

  private Trainer trainer(
      RunLayout.Network which,
      ModelFolder made,
      TrainSet set,
      TrainConfig config,
      LossWeighting weighting,
      RandomStreams random) {
    String name = which.word();
    DenoisingNetwork network = made.network();
    return new Trainer(
        new InTraining(witness.network(name, network), network),
        Objectives.of(made.scheduler(), network, config.minSnr()),
        set,
        config,
        witness.weighting(name, weighting),
        compute,
        random,
        new TrainFiles(name, run.trainState(which), run.curve()));
  }

  /** The averaged weights in a folder that is whole, with all that the network goes with. */
  private void write(RunLayout.Network which, ModelFolder made, Trainer trainer) {
    try (PromptEncoder encoder = texts == null ? null : texts.encoder();
        AutoencoderKl vae = latents == null ? null : latents.vae()) {
      AtomicFolder.write(
          run.network(which),
          temporary -> {
            made.withVae(vae).withPrompts(encoder).write(temporary, trainer.emaWeights());
            Safetensors.write(
                temporary.resolve(RAW), made.network().state(), Map.of("format", "pt"));
          });
    }
  }

  /** What was trained on what, for the run's record. */
  private RunRecord.Training facts(Trainer trainer, LossWeighting weighting, RandomStreams random) {
    double[] drawn = weighting.samplingProbabilities();
    String kind = weighting.watches() ? "learnt" : drawn == null ? "loss" : "sampling";
    double[] weights = new double[classes.size()];
    for (int c = 0; c < weights.length && !weighting.watches(); c++) {
      weights[c] = drawn == null ? weighting.coefficients(new int[] {c})[0] : drawn[c];
    }
    return new RunRecord.Training(
        trainer.phases().stream().map(this::phase).toList(),
        kind,
        weighting.watches() ? null : RunRecord.Range.of(weights),
        model.conditional() ? model.labelDropout() : 0,
        random.seed(),
        null);
  }

  private RunRecord.Phase phase(TrainPhase phase) {
    StringBuilder lines = new StringBuilder();
    for (int i : phase.indices()) {
      lines.append(ids.get(i)).append('\n');
    }
    return new RunRecord.Phase(
        phase.name(),
        phase.indices().length,
        Sha256.of(lines.toString()),
        phase.updates(),
        phase.weighted());
  }

  /** A network in training, which may be asked through a witness. */
  private record InTraining(Denoiser asked, DenoisingNetwork network)
      implements MaskedDenoiser, Parameterized {
    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      return asked.predict(xt, t, condition);
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
      return ((MaskedDenoiser) asked).predictMasked(xt, t, condition, mask);
    }

    @Override
    public int tokens() {
      return ((MaskedDenoiser) network).tokens();
    }

    @Override
    @OrNull
    public MaskRule maskRule() {
      return network instanceof MaskedDenoiser masked ? masked.maskRule() : null;
    }

    @Override
    public Map<String, Tensor> parameters() {
      return network.parameters();
    }

    @Override
    public Map<String, Tensor> buffers() {
      return network.buffers();
    }

    @Override
    public void recomputedBackward(Function<Supplier<Tensor>, Tensor> precision) {
      network.recomputedBackward(precision);
    }

    @Override
    public void train(boolean training) {
      network.train(training);
    }
  }

  private void run(String name, Trainer trainer) {
    Reports reports = new Reports(name, trainer.totalSteps());
    listener.begin(name, "updates", trainer.totalSteps(), 0);
    try {
      trainer.run(reports, stop);
    } finally {
      listener.end();
    }
  }

  /** Removes result and state of a network. */
  void discard(RunLayout.Network which) {
    Leftovers.delete(run.network(which));
    Leftovers.delete(run.trainState(which));
  }

  /** A trainer's reports as progress. */
  private final class Reports implements TrainListener {
    private final String name;
    private final long steps;

    Reports(String name, long steps) {
      this.name = name;
      this.steps = steps;
    }

    @Override
    public void onResume(Position position, Path checkpoint) {
      listener.begin(name, "updates", steps, position.step());
    }

    @Override
    public void onReport(TrainReport report) {
      listener.step(
          report.position().step(),
          String.format(
              Locale.ROOT,
              "epoch %d, loss %.4f, %.0f images/s",
              report.position().epoch(),
              report.loss(),
              report.imagesPerSecond()));
    }

    @Override
    public void onEpoch(Position position, Map<String, Double> notes) {
      if (!notes.isEmpty()) {
        StringBuilder line = new StringBuilder(name + " epoch " + position.epoch() + ":");
        notes.forEach((key, v) -> line.append(String.format(Locale.ROOT, " %s %.4g", key, v)));
        listener.note(line.toString());
      }
    }

    @Override
    public void onWarning(String message) {
      listener.note(name + ": " + message);
    }
  }
}
