package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.model.ModelFolder;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.ClassLossWeights;
import io.winnow.weights.Npz;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks on the latents of an autoencoder, told texts by an encoder: a reference has to have the
 * run's own of both. Five pictures of 4 x 4 pixels, whose latents have 2 x 2 cells.
 */
class LatentNetworksTest {
  private static final String SD =
      "model={type: stable-diffusion, sizes: {width: 8, multipliers: [1], blocks: 1,"
          + " attention: [0], heads: 1, groups: 4, text: {width: 8, layers: 1, heads: 1}}}";

  @TempDir Path folder;
  private RunData data;
  private AutoencoderKl vae;

  @BeforeEach
  void write() {
    SmallSet.images(folder.resolve("set"), "cat", 3);
    SmallSet.images(folder.resolve("set"), "dog", 2);
    data = SmallSet.open(folder.resolve("set"), folder.resolve("run"));
    vae = autoencoder(0.25, 5);
    vae.write(folder.resolve("vae"));
  }

  @AfterEach
  void close() {
    data.close();
    vae.close();
  }

  private static AutoencoderKl autoencoder(double scalingFactor, long seed) {
    AutoencoderKl vae =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(4, 4), 1, 4, 2, 4, scalingFactor));
    vae.initAsTorch(seed);
    return vae;
  }

  private RunLayout run() {
    return new RunLayout(folder.resolve("run"));
  }

  private Recipe recipe(String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.path=x",
                SD,
                "latents.vae=" + folder.resolve("vae"),
                "reweight.reference.path=" + folder.resolve("reference"),
                "train={epochs: 1, batch: 5, warmupEpochs: 0, ema: 0.5}"));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  private LatentStage latents(Recipe recipe) {
    return LatentStage.of(recipe, data, run(), Compute.plainCpu(), Progress.SILENT, () -> false);
  }

  private TextStage texts(Recipe recipe) {
    return TextStage.of(recipe, data, run(), Compute.plainCpu(), Progress.SILENT, () -> false);
  }

  private TrainStage training(Recipe recipe) {
    return new TrainStage(
        recipe.model(),
        data,
        latents(recipe),
        texts(recipe),
        run(),
        Compute.plainCpu(),
        Progress.SILENT,
        () -> false);
  }

  private DenoisingNetwork reference(Recipe recipe) {
    return new ReweightStage(recipe, training(recipe), data, Compute.plainCpu(), run()).reference();
  }

  /** A reference of the recipe's shape with another autoencoder or another encoder of texts. */
  private void writeReference(AutoencoderKl with, PromptEncoder told) {
    ModelFolder made = training(recipe()).create(recipe().train(), RandomStreams.of(1));
    made.withVae(with).withPrompts(told).write(folder.resolve("reference"), made.network().state());
  }

  @Test
  void networkInTraining_isOfTheLatentsCells_andItsFolderHasAllThatItGoesWith() {
    Recipe recipe = recipe();
    latents(recipe).run();
    texts(recipe).run();
    StageOutcome outcome =
        training(recipe)
            .train(
                RunLayout.Network.MODEL,
                new int[] {0, 1, 2, 3, 4},
                recipe.train(),
                new ClassLossWeights(new double[] {1, 1}),
                RandomStreams.of(3));
    assertThat(outcome.images()).isEqualTo(5);
    ModelFolder written = ModelFolder.read(run().network(RunLayout.Network.MODEL));
    training(recipe).requireSameSpace(written, folder);
    training(recipe).requireSameTexts(written, folder);
    assertThat(written.vae().config()).isEqualTo(vae.config());
  }

  @Test
  void reference_withTheRunsOwnParts_isTaken_andAnswersInEvaluationMode() {
    try (PromptEncoder own = texts(recipe()).encoder()) {
      writeReference(vae, own);
      assertThat(reference(recipe()).training()).isFalse();
    }
  }

  @Test
  void reference_ofAnotherAutoencoder_isRefused() {
    String refusal =
        folder.resolve("reference")
            + ": a network on the latents of another autoencoder; expected that of this run. Name"
            + " another reference, or train one with reweight.reference.path: null.";
    try (PromptEncoder own = texts(recipe()).encoder();
        AutoencoderKl scaled = autoencoder(0.5, 5);
        AutoencoderKl drawn = autoencoder(0.25, 6)) {
      for (AutoencoderKl other : List.of(scaled, drawn)) {
        writeReference(other, own);
        assertThatThrownBy(() -> reference(recipe())).hasMessage(refusal);
      }
    }
  }

  /** Of other weights, or with a tokenizer that reads the texts in another way. */
  @Test
  void reference_toldByAnotherEncoder_isRefused() {
    try (PromptEncoder own = texts(recipe()).encoder();
        PromptEncoder drawn = texts(recipe("seed=1")).encoder()) {
      PromptEncoder shorter =
          new PromptEncoder(own.transformer(), ClipTokenizer.ofBytes(own.tokens() - 1));
      for (PromptEncoder other : List.of(drawn, shorter)) {
        writeReference(vae, other);
        assertThatThrownBy(() -> reference(recipe()))
            .hasMessage(
                folder.resolve("reference")
                    + ": a network that was told texts by another text encoder; expected that of"
                    + " this run. Name another reference, or train one with"
                    + " reweight.reference.path: null.");
      }
    }
  }

  /** Fine-tuning goes on where the network was trained: on latents of its own autoencoder. */
  @Test
  void networkOfAFolder_onLatentsOfAnotherScale_isRefused() {
    try (PromptEncoder own = texts(recipe()).encoder();
        AutoencoderKl scaled = autoencoder(0.5, 5)) {
      writeReference(vae, own);
      scaled.write(folder.resolve("scaled"));
    }
    String from = "model={type: stable-diffusion, from: " + folder.resolve("reference") + "}";
    Recipe fits = recipe(from);
    latents(fits).requireFits(fits.model());
    Recipe other = recipe(from, "latents.vae=" + folder.resolve("scaled"));
    assertThatThrownBy(() -> latents(other).requireFits(other.model()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("latents.vae: not that of the network in ");
  }

  @Test
  void networkWithoutTheParts_isRefused_whereTheRunHasThem() {
    ModelFolder bare = new ModelFolder(null, null);
    TrainStage training = training(recipe());
    assertThatThrownBy(() -> training.requireSameSpace(bare, folder))
        .hasMessageContaining("latents of another autoencoder");
    assertThatThrownBy(() -> training.requireSameTexts(bare, folder))
        .hasMessageContaining("told texts by another text encoder");
  }

  /** A list of images and nothing else: latents and texts are made first. */
  @Test
  void manifestTraining_isOnLatentsAndTexts_ofAnAutoencoderThatFits() {
    AtomicFile.writeString(folder.resolve("ids"), "cat/0.png\ndog/1.png");
    Path model = manifestTraining("vae").run(folder.resolve("ids"));
    try (ModelFolder written = ModelFolder.read(model)) {
      assertThat(written.vae().config()).isEqualTo(vae.config());
      assertThat(written.prompts()).isNotNull();
    }
    try (AutoencoderKl narrow =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(4, 4), 1, 3, 2, 4, 0.25))) {
      narrow.write(folder.resolve("narrow"));
    }
    assertThatThrownBy(() -> manifestTraining("narrow").run(folder.resolve("ids")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has latents of 3 channels, but the model denoises 4");
  }

  private ManifestTraining manifestTraining(String autoencoder) {
    List<String> sets =
        List.of(
            "dataset={type: image-folder, path: " + folder.resolve("set") + ", split: ''}",
            "compute={device: cpu, threads: 1}",
            SD,
            "latents.vae=" + folder.resolve(autoencoder),
            "train={epochs: 1, batch: 2, warmupEpochs: 0, ema: 0.5}");
    return new ManifestTraining(
        Recipe.read(null, sets),
        folder.resolve("out-" + autoencoder),
        Progress.SILENT,
        () -> false);
  }

  /** Activations that are computed anew give the gradients of those that are kept. */
  @Test
  void checkpointing_endsInTheSameWeights() {
    latents(recipe()).run();
    texts(recipe()).run();
    List<double[]> weights = new ArrayList<>();
    for (String checkpointing : List.of("null", "true")) {
      Recipe recipe = recipe("model.checkpointing=" + checkpointing, "train.learningRate=1e-2");
      training(recipe)
          .train(
              RunLayout.Network.MODEL,
              new int[] {0, 1, 2, 3, 4},
              recipe.train(),
              new ClassLossWeights(new double[] {1, 1}),
              RandomStreams.of(3));
      Path raw = run().network(RunLayout.Network.MODEL).resolve(TrainStage.RAW);
      try (Scope scope = Scope.open()) {
        weights.add(Tensors.doubles(Safetensors.read(raw).get("mid_block.resnets.0.conv1.weight")));
      }
    }
    assertThat(weights.get(1)).containsExactly(weights.get(0), within(1e-3));
    Recipe recipe = recipe();
    double[] untrained =
        Tensors.doubles(
            training(recipe)
                .create(recipe.train(), RandomStreams.of(3))
                .network()
                .state()
                .get("mid_block.resnets.0.conv1.weight"));
    assertThat(Math.abs(weights.get(1)[0] - untrained[0])).as("moved").isGreaterThan(5e-3);
  }

  private SampleConfig drawing() {
    return new SampleConfig(
        new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.DIFFUSERS, 2, 0, false),
        30.0,
        null,
        null,
        4,
        3,
        SampleConfig.Weights.EMA,
        SampleConfig.Labels.BALANCED,
        SampleConfig.Format.NPZ);
  }

  private byte[] drawn(String... prompts) {
    Path target = folder.resolve(String.join("-", prompts) + ".npz");
    RunRecord.Sampling facts =
        Sampling.ofPrompts(drawing(), List.of(prompts), 3, Compute.plainCpu())
            .run(folder.resolve("reference"), parts(), target, Progress.SILENT, () -> false);
    assertThat(facts.nullClass()).isEqualTo(2);
    assertThat(facts.guidanceWeight()).isEqualTo(30);
    try (Scope scope = Scope.open();
        Npz archive = Npz.open(target)) {
      assertThat(archive.tensor("arr_0").shape()).containsExactly(4, 4, 4, 3);
      assertThat(Tensors.longs(archive.tensor("arr_1"))).containsExactly(0, 1, 0, 1);
      return Tensors.bytes(archive.tensor("arr_0"));
    }
  }

  private Path parts() {
    return folder.resolve(".parts");
  }

  /** Prompts in turn: where only the second one is another, so are the second and fourth sample. */
  @Test
  void samples_areOfTheirPrompts() {
    try (PromptEncoder own = texts(recipe()).encoder()) {
      writeReference(vae, own);
      byte[] both = drawn("a cat", "two dogs");
      byte[] other = drawn("a cat", "a very red fish");
      int size = 4 * 4 * 3;
      for (int i = 0; i < 4; i++) {
        boolean same =
            Arrays.equals(both, i * size, (i + 1) * size, other, i * size, (i + 1) * size);
        assertThat(same).as("sample %s", i).isEqualTo(i % 2 == 0);
      }
    }
  }

  @Test
  void modelThatIsToldTexts_withoutAny_isRefused() {
    try (PromptEncoder own = texts(recipe()).encoder()) {
      writeReference(vae, own);
      Sampling none = new Sampling(drawing(), List.of("a", "b"), 3, Compute.plainCpu());
      Sampling empty =
          new Sampling(
              drawing(), List.of("a"), new int[4], List.of(), 3, Compute.plainCpu(), Witness.NONE);
      for (Sampling sampling : List.of(none, empty)) {
        Path reference = folder.resolve("reference");
        assertThatThrownBy(
                () ->
                    sampling.run(
                        reference, parts(), folder.resolve("x"), Progress.SILENT, () -> false))
            .hasMessage(
                reference
                    + ": a model that is told texts, but none is given; expected at least one"
                    + " prompt.");
      }
    }
  }
}
