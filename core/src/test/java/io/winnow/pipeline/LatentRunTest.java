package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.LatentMoments;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.ConfigException;
import io.winnow.data.Datasets;
import io.winnow.data.DecodedImages;
import io.winnow.data.Resize;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.files.Json;
import io.winnow.model.ModelFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.model.vae.Posterior;
import io.winnow.pipeline.WiringSpy.Weighed;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs on latents: which moments, which noise, which scale, in training and in samples. */
class LatentRunTest {
  private static final String RECIPE =
      """
      name: latents
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 16, resize: adm}
      latents:
        vae: train
        training: {channels: [8, 8, 16], groups: 4, steps: 30, batch: 8, learningRate: 3e-3}
      encode: {batch: 50, training: {width: 4, epochs: 1, batch: 25}}
      prune: {method: moderate, ratio: 0.5}
      model:
        type: mdt
        version: 2
        space: latents
        patch: 2
        width: 16
        depth: 2
        heads: 2
        decodeLayer: 1
        maskRatio: null
        learnSigma: false
      train: {epochs: 2, batch: 16, learningRate: 1e-3, warmupEpochs: 1, ema: 0.5, reportSteps: 1}
      reweight: {settings: {eta: 0.5, warmupSteps: 1}}
      sample: {sampler: {steps: 2}, count: 20, batch: 5, guidanceWeight: 0}
      """;

  private static final int CELLS = 4 * 4 * 4;

  @TempDir static Path home;
  private static Path run;
  private static WiringSpy spy;

  private static Path recipe() {
    Path file = home.resolve("latents.yaml");
    AtomicFile.writeString(file, RECIPE);
    return file;
  }

  private static void run(String name, Stage until, BooleanSupplier stop, String... sets) {
    try (Pipeline pipeline =
        Pipeline.open(
            Recipe.read(recipe(), List.of(sets)), home.resolve(name), Progress.SILENT, stop)) {
      pipeline.run(until);
    }
  }

  @BeforeAll
  static void runOnce() {
    var resolved = Recipe.read(recipe(), List.of());
    run = home.resolve("run");
    Recipe recipe = resolved.value();
    spy = new WiringSpy(new NoiseSchedule(recipe.model().schedule().config()));
    try (Pipeline pipeline = Pipeline.open(resolved, run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.EVALUATE);
    }
  }

  @Test
  void wholeRun_leavesAutoencoderLatentsAndModels_andSaysWhatTheyAre() {
    RunRecord record = RunRecord.read(run.resolve("run.json"));
    assertThat(record.stages().keySet())
        .contains("autoencoder", "latents", "reference", "reweight", "train", "sample", "evaluate");
    assertThat(record.stages().get("autoencoder").note())
        .startsWith("reconstructs with a mean absolute error of 0.")
        .endsWith("on 100 of its images");
    JsonNode training = Json.read(run.resolve("vae/training.json"), JsonNode.class);
    assertThat(training.path("mirrored").booleanValue()).isTrue();
    assertThat(record.stages().get("latents").note())
        .isEqualTo("latents of 4 x 4 cells, of mirror images as well");
    assertThat(record.stages().get("latents").images()).isEqualTo(200);
    assertThat(run.resolve("metrics.json")).exists();
    assertThat(run.resolve("train-state/vae.safetensors")).doesNotExist();
  }

  /** The scale is 1 over the deviation of the latents that training draws. */
  @Test
  void latentsOfTraining_haveUnitDeviation() {
    double sum = 0;
    double squares = 0;
    long n = 0;
    for (Weighed update : spy.weighed.get("reference")) {
      for (float x : update.x0) {
        sum += x;
        squares += x * x;
        n++;
      }
    }
    double mean = sum / n;
    assertThat(Math.sqrt(squares / n - mean * mean)).isCloseTo(1, within(0.1));
  }

  private static AutoencoderKl vae() {
    return AutoencoderKl.read(run.resolve("vae"));
  }

  /** Moments are those of the images as they are trained on, and of the images mirrored. */
  @Test
  void moments_areThoseOfImageAndMirrorImage_byPosition() {
    Recipe recipe = Recipe.read(recipe(), List.of()).value();
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(run.resolve("latents"));
        AutoencoderKl vae = vae();
        DecodedImages images =
            DecodedImages.load(Datasets.open(recipe.dataset(), 3), 16, Resize.ADM, 1)) {
      for (int i : new int[] {0, 17, 99}) {
        Tensor bytes = images.batch(new int[] {i}).to(torch.ScalarType.Float);
        Tensor x = bytes.div(new Scalar(127.5)).sub(new Scalar(1.0));
        Posterior plain = vae.encode(x);
        Posterior mirror = vae.encode(x.flip(3));
        float[] row = Tensors.floats(moments.gather(new int[] {i}));
        List<Tensor> parts = List.of(plain.mean(), plain.logvar(), mirror.mean(), mirror.logvar());
        for (int p = 0; p < 4; p++) {
          assertThat(Arrays.copyOfRange(row, p * CELLS, (p + 1) * CELLS))
              .containsExactly(Tensors.floats(parts.get(p)), within(1e-4f));
        }
        assertThat(Tensors.floats(plain.mean().flip(3)))
            .isNotEqualTo(Tensors.floats(mirror.mean()));
      }
    }
  }

  /** x0 = factor (mean + std noise) of the images of the step, noise and flips by (seed, step). */
  @Test
  void x0OfEveryStep_isDrawnFromTheMomentsOfItsImages_scaledOnce() {
    RandomStreams random = Training.MODEL.streams(3);
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(run.resolve("latents"));
        AutoencoderKl vae = vae()) {
      double factor = vae.config().scalingFactor();
      List<Weighed> updates = spy.weighed.get("model");
      assertThat(updates).hasSizeGreaterThan(4);
      int mirrored = 0;
      for (int step = 0; step < updates.size(); step++) {
        Weighed update = updates.get(step);
        int batch = update.indices.length;
        float[] all = Tensors.floats(moments.gather(update.indices));
        float[] noise =
            Tensors.floats(random.normal(new long[] {batch, 4, 4, 4}, "train.posterior", step));
        float[] flips =
            Tensors.floats(
                torch.rand(
                    new long[] {batch},
                    new GeneratorOptional(random.generator("train.flip", step)),
                    new TensorOptions(torch.ScalarType.Float)));
        for (int i = 0; i < batch; i++) {
          int view = flips[i] < 0.5 ? 1 : 0;
          mirrored += view;
          for (int c = 0; c < CELLS; c++) {
            int at = (i * 2 + view) * 2 * CELLS + c;
            double std = Math.exp(all[at + CELLS] / 2);
            double x0 = factor * (all[at] + std * noise[i * CELLS + c]);
            // at late times x0 is what is left of x_t less nearly all of it
            assertThat((double) update.x0[i * CELLS + c]).isCloseTo(x0, within(2e-3));
          }
        }
      }
      assertThat(mirrored).isPositive();
    }
  }

  /** Of the coreset alone in proxy and model; the class, or none; weighed by the class. */
  @Test
  void networks_areToldTheClassesOfTheImages_whoseLatentsTheySee() {
    Recipe recipe = Recipe.read(recipe(), List.of()).value();
    int[] kept = CoresetFiles.read(run).kept();
    int[] labels;
    try (RunData data = RunData.open(recipe.dataset(), 3, new RunLayout(run), Progress.SILENT)) {
      labels = data.labels();
    }
    for (String training : List.of("reference", "proxy", "model")) {
      int none = 0;
      int all = 0;
      for (Weighed update : spy.weighed.get(training)) {
        for (int i = 0; i < update.indices.length; i++) {
          int label = labels[update.indices[i]];
          assertThat(update.groups[i]).as(training).isEqualTo(label);
          assertThat(update.y[i]).as(training).isIn((long) label, 10L);
          none += update.y[i] == 10 ? 1 : 0;
          all++;
        }
        if (!training.equals("reference")) {
          assertThat(kept).as(training).contains(update.indices);
        }
      }
      assertThat(none).as(training).isBetween(1, all / 3);
    }
  }

  @Test
  void folders_holdTheAutoencoder_andSamplesAreDecodedByIt() throws Exception {
    ModelFolder folder = ModelFolder.read(run.resolve("model"));
    assertThat(ContentHash.of(run.resolve("model/vae/config.json")))
        .isEqualTo(ContentHash.of(run.resolve("vae/config.json")));
    try (AutoencoderKl vae = vae()) {
      vae.state()
          .forEach(
              (name, t) -> assertThat(t.equal(folder.vae().state().get(name))).as(name).isTrue());
    }
    SampleSpace space = SampleSpace.of(run, folder);
    assertThat(List.of(space.channels(), space.height(), space.imageHeight(), space.imageWidth()))
        .containsExactly(4, 4, 16, 16);
    assertThat(space.truncated()).isTrue();
    assertThat(run.resolve("samples")).isDirectoryContaining(f -> Files.isDirectory(f));
  }

  /** Masks and a learnt variance, as MDT is trained, and the published sampler. */
  @Test
  void maskedTransformer_isTrainedOnLatents_andDrawnFrom() {
    run(
        "masked",
        Stage.SAMPLE,
        () -> false,
        "model.maskRatio=0.3",
        "model.learnSigma=true",
        "prune.method=uniform",
        "latents.storage=float16",
        "train.optimizer={type: adan}",
        "train.gradientClip=null",
        "train.flip=false",
        "sample.sampler.method=iddpm",
        "sample.guidanceWeight=2.8",
        "sample.powerCosine={}");
    ModelFolder folder = ModelFolder.read(home.resolve("masked/model"));
    folder
        .network()
        .state()
        .forEach((name, t) -> assertThat(t.isfinite().all().item_bool()).as(name).isTrue());
    assertThat(home.resolve("masked/samples")).isNotEmptyDirectory();
    try (LatentMoments moments = LatentMoments.open(home.resolve("masked/latents"))) {
      assertThat(moments.index().mirrored()).isFalse();
      assertThat(moments.index().storage()).isEqualTo(LatentMoments.Storage.FLOAT16);
    }
  }

  /** Asked to stop at every chance, over and over, a run ends in the same bytes. */
  @Test
  void stoppedAndResumed_leavesTheSameBytes() {
    StoppedRun.untilDone(5, 7, stop -> run("stopped", Stage.REWEIGHT, stop));
    StoppedRun.requireSame(
        home.resolve("stopped"),
        run,
        List.of("vae", "latents", "reference", "proxy", "class-weights.json"));
  }

  @Test
  void latentsOfAnotherAutoencoder_areNeverUsed() {
    run("replaced", Stage.PRUNE, () -> false);
    Path other = home.resolve("other-vae");
    AutoencoderKlConfig shape = new AutoencoderKlConfig(3, 3, List.of(8, 8, 8), 1, 4, 4, 16, 0.5);
    try (AutoencoderKl vae = new AutoencoderKl(shape)) {
      vae.initAsTorch(5);
      vae.write(other);
    }
    String given = "latents.vae=" + other;
    run("replaced", Stage.TRAIN, () -> false, given, "reweight.enabled=false");
    Path latents = home.resolve("replaced/latents");
    try (LatentMoments moments = LatentMoments.open(latents)) {
      assertThat(moments.index().scalingFactor()).isEqualTo(0.5);
      assertThat(moments.index().vae()).isEqualTo(ContentHash.of(other));
      assertThatThrownBy(() -> moments.require("another", moments.index().images()))
          .hasMessage(
              latents
                  + ": latents of another autoencoder; expected those of this run. Delete the folder,"
                  + " and they are made anew.");
      assertThatThrownBy(() -> moments.require(moments.index().vae(), "others"))
          .hasMessageContaining("latents of other images, or of another size");
    }
    String model = ContentHash.of(home.resolve("replaced/model"));
    String before = ContentHash.of(latents);
    run("replaced", Stage.TRAIN, () -> false, "reweight.enabled=false");
    assertThat(ContentHash.of(latents)).isNotEqualTo(before);
    assertThat(ContentHash.of(home.resolve("replaced/model"))).isNotEqualTo(model);
  }

  /** Whoever put them there: another autoencoder in their place, and they are not opened. */
  @Test
  void latentsBesideAnotherAutoencoder_areNotOpened() {
    Recipe recipe = Recipe.read(recipe(), List.of()).value();
    RunLayout beside = new RunLayout(home.resolve("beside"));
    try (RunData data = RunData.open(recipe.dataset(), 3, beside, Progress.SILENT)) {
      LatentStage stage =
          LatentStage.of(recipe, data, beside, Compute.plainCpu(), Progress.SILENT, () -> false);
      stage.run();
      stage.open().close();
      try (AutoencoderKl vae = AutoencoderKl.read(beside.autoencoder())) {
        vae.initAsTorch(5);
        vae.write(beside.autoencoder());
      }
      assertThatThrownBy(stage::open)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(beside.latents() + ": latents of another autoencoder; expected");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "latents.vae=HOME/none | latents.vae: HOME/none has no config.json; expected the folder of",
        "latents.training.latentChannels=8 | latents.vae: train has latents of 8 channels, but the model"
            + " denoises 4; expected the same.",
        "latents.training.channels=[8, 8, 8, 8, 8, 8] | latents.vae: train makes a cell of 32 x 32"
            + " pixels, but images have 16 x 16; expected multiples of 32.",
        "model.patch=3 | model.patch: 3, but a latent has 4 x 4 cells; expected a square of a multiple"
            + " of 3.",
        "model.space=pixels | latents is given, but the model denoises images",
        "latents=null | latents: absent, but the model denoises latents",
        "sample.guidanceWeight=1 & sample.powerCosine={channels: 5} | sample.powerCosine.channels: 5, but"
            + " samples have 4",
        "latents.training.channels=[8, 9] | channels is [8, 9], but every entry must be a multiple of"
            + " groups (4)"
      })
  void whatDoesNotGoTogether_isRefusedBeforeAnythingIsTrained(String sets, String message) {
    List<String> all = new ArrayList<>();
    for (String set : sets.split(" & ", -1)) {
      all.add(set.replace("HOME", home.toString()));
    }
    assertThatThrownBy(() -> run("bad", Stage.SAMPLE, () -> false, all.toArray(new String[0])))
        .isInstanceOfAny(IllegalArgumentException.class, ConfigException.class)
        .hasMessageContaining(message.replace("HOME", home.toString()));
    assertThat(home.resolve("bad/vae")).doesNotExist();
    assertThat(home.resolve("bad/coreset.parquet")).doesNotExist();
  }

  @Test
  void referenceOfAnotherAutoencoder_isRefused() {
    run("proxy", Stage.PRUNE, () -> false);
    Path foreign = home.resolve("foreign");
    ModelFolder reference = ModelFolder.read(run.resolve("reference"));
    try (AutoencoderKl vae = new AutoencoderKl(reference.vae().config())) {
      vae.initAsTorch(9);
      reference.withVae(vae).write(foreign, reference.network().state());
    }
    assertThatThrownBy(
            () -> run("proxy", Stage.REWEIGHT, () -> false, "reweight.reference.path=" + foreign))
        .hasMessageStartingWith(foreign + ": a network on the latents of another autoencoder");
    assertThat(new RunLayout(home.resolve("proxy")).network(RunLayout.Network.PROXY))
        .doesNotExist();
  }
}
