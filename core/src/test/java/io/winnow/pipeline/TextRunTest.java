package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TextStates;
import io.winnow.config.ConfigException;
import io.winnow.data.Png;
import io.winnow.data.ShapesDataset;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.SampleSource;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose model is told texts: which ones, in training and in samples, and what is written. */
class TextRunTest {
  private static final String RECIPE =
      """
      name: texts
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 16, resize: adm}
      latents:
        vae: train
        training: {channels: [8, 8], groups: 4, steps: 10, batch: 8, learningRate: 3e-3}
      prune: {method: uniform, ratio: 0.5}
      model:
        type: stable-diffusion
        sizes: {width: 8, multipliers: [1, 2], blocks: 1, attention: [0], heads: 2, groups: 4, text: {width: 12, layers: 1, heads: 2}}
        checkpointing: true
        promptDropout: 0.3
      prompts: {}
      train:
        {epochs: 2, batch: 16, microBatch: 6, learningRate: 1e-3, warmupEpochs: 0, ema: 0.5, emaRule: early, reportSteps: 1, optimizer: {type: adamw}}
      reweight: {settings: {eta: 0.5, warmupSteps: 1}}
      sample:
        {sampler: {rule: diffusers, steps: 2}, count: 20, batch: 8, guidanceWeight: null, guidanceScale: 5}
      """;

  @TempDir static Path home;
  private static Path run;
  private static final Spy SPY = new Spy();

  /** One question: the states that were told, beside those of "no text". */
  @SuppressWarnings("ArrayRecordComponent") // a note, never compared
  private record Asked(
      List<String> told,
      float[] xt,
      long t,
      float[] predicted,
      boolean training,
      Map<String, float[]> weights) {
    int batch() {
      return told.size();
    }
  }

  /** Writes down what networks are told, as texts, and which images a training fetched. */
  private static final class Spy implements Witness {
    final Map<String, List<Asked>> asked = new LinkedHashMap<>();
    final Map<String, List<Integer>> fetched = new LinkedHashMap<>();

    @Override
    public Denoiser network(String role, DenoisingNetwork network) {
      List<Asked> calls = asked.computeIfAbsent(role, name -> new ArrayList<>());
      return (xt, t, condition) -> {
        List<String> told = new ArrayList<>();
        Tensor states = ((Condition.Prompts) condition).states();
        for (int i = 0; i < states.size(0); i++) {
          told.add(key(Tensors.floats(states.select(0, i).contiguous())));
        }
        boolean training = network.training();
        Map<String, float[]> weights = WiringSpy.weights(network);
        Prediction predicted = network.predict(xt, t, condition);
        calls.add(
            new Asked(
                told,
                Tensors.floats(xt),
                Tensors.longs(t)[0],
                Tensors.floats(predicted.value().detach()),
                training,
                weights));
        return predicted;
      };
    }

    @Override
    public SampleSource samples(String training, SampleSource samples) {
      return new Fetched(samples, fetched.computeIfAbsent(training, name -> new ArrayList<>()));
    }

    /** What a network was told, sample by sample. */
    List<String> told(String role) {
      return asked.get(role).stream().flatMap(call -> call.told().stream()).toList();
    }
  }

  /** Samples that note which ones are fetched. */
  private record Fetched(SampleSource inner, List<Integer> seen) implements SampleSource {
    @Override
    public int size() {
      return inner.size();
    }

    @Override
    public int[] labels() {
      return inner.labels();
    }

    @Override
    public long[] shape(int count) {
      return inner.shape(count);
    }

    @Override
    public boolean slow() {
      return inner.slow();
    }

    @Override
    public Tensor batch(int[] indices) {
      Arrays.stream(indices).forEach(seen::add);
      return inner.batch(indices);
    }

    @Override
    public Tensor mirrored(Tensor stored, Tensor which) {
      return inner.mirrored(stored, which);
    }

    @Override
    public Tensor drawn(Tensor stored, RandomStreams random, long step) {
      return inner.drawn(stored, random, step);
    }

    @Override
    public Tensor x0(Tensor stored, Compute compute) {
      return inner.x0(stored, compute);
    }
  }

  /** States as they come from file and encoder, apart by rounding alone. */
  private static String key(float[] states) {
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < states.length; i += 97) {
      key.append(Math.round(states[i] * 1000)).append(' ');
    }
    return key.toString();
  }

  private static Path recipe() {
    Path file = home.resolve("texts.yaml");
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
    run = home.resolve("run");
    try (Pipeline pipeline =
        Pipeline.open(Recipe.read(recipe(), List.of()), run, Progress.SILENT, () -> false, SPY)) {
      pipeline.run(Stage.SAMPLE);
    }
  }

  /** Texts by the key of their states, encoded anew by the encoder that the model was left with. */
  private static Map<String, String> texts() {
    return texts(run);
  }

  private static Map<String, String> texts(Path run) {
    Map<String, String> texts = new LinkedHashMap<>();
    try (TextStates states = TextStates.open(run.resolve("texts"));
        PromptEncoder encoder = PromptEncoder.read(run.resolve("model"));
        Scope scope = Scope.open()) {
      for (String text : states.index().prompts()) {
        texts.put(key(Tensors.floats(encoder.encode(List.of(text)).states())), text);
      }
      assertThat(texts).hasSize(states.index().prompts().size());
    }
    return texts;
  }

  private static String prompt(int label) {
    try (RunData data =
        RunData.open(
            Recipe.read(recipe(), List.of()).value().dataset(),
            3,
            new RunLayout(run),
            Progress.SILENT)) {
      return "a photo of a " + data.dataset().classes().get(label).replace('_', ' ');
    }
  }

  @Test
  void texts_areThePromptsOfTheClasses_eachEncodedOnce() {
    try (TextStates states = TextStates.open(run.resolve("texts"))) {
      assertThat(states.index().prompts()).hasSize(11).startsWith("", prompt(0), prompt(1));
      assertThat(states.index().tokens()).isEqualTo(77);
    }
    assertThat(RunRecord.read(run.resolve("run.json")).stages().get("texts").note())
        .isEqualTo("11 texts");
  }

  /** In every training: the text of the image's class, or the empty one in its share. */
  @Test
  void steps_areToldTheTextOfEveryImage_orTheEmptyOneInItsShare() {
    Map<String, String> texts = texts();
    int[] labels = labels();
    for (String training : List.of("reference", "model")) {
      List<Integer> images = SPY.fetched.get(training);
      List<String> told = SPY.told(training);
      assertThat(told).as(training).hasSameSizeAs(images).hasSizeGreaterThan(64);
      int empty = 0;
      for (int i = 0; i < told.size(); i++) {
        String text = texts.get(told.get(i));
        assertThat(text).as(training).isIn("", prompt(labels[images.get(i)]));
        empty += text.isEmpty() ? 1 : 0;
      }
      assertThat((double) empty / told.size()).as(training).isBetween(0.15, 0.45);
    }
  }

  /** What the proxy is compared on; where a batch has parts, it is asked again for gradients. */
  @Test
  void reference_seesWhatTheProxyIsComparedOn() {
    Map<String, String> texts = texts();
    int[] labels = labels();
    List<Integer> images = SPY.fetched.get("proxy");
    List<Asked> reference = SPY.asked.get("reference of the proxy");
    List<Asked> proxy = SPY.asked.get("proxy");
    assertThat(SPY.told("reference of the proxy")).hasSameSizeAs(images);
    int seen = 0;
    for (Asked theirs : reference) {
      List<Asked> same =
          proxy.stream()
              .filter(ours -> Arrays.equals(ours.xt(), theirs.xt()) && ours.t() == theirs.t())
              .toList();
      assertThat(same)
          .hasSizeBetween(1, 2)
          .allSatisfy(ours -> assertThat(ours.told()).isEqualTo(theirs.told()));
      for (String told : theirs.told()) {
        assertThat(texts.get(told)).isIn("", prompt(labels[images.get(seen++)]));
      }
    }
  }

  private static int[] labels() {
    try (RunData data =
        RunData.open(
            Recipe.read(recipe(), List.of()).value().dataset(),
            3,
            new RunLayout(run),
            Progress.SILENT)) {
      return data.labels();
    }
  }

  @Test
  void networks_areInTheModeOfTheirTask_inPartsOfTheMicroBatch() {
    assertThat(SPY.asked.get("model"))
        .allSatisfy(one -> assertThat(one.training()).isTrue())
        .allSatisfy(one -> assertThat(one.batch()).isLessThanOrEqualTo(6));
    assertThat(SPY.asked.get("reference of the proxy"))
        .allSatisfy(one -> assertThat(one.training()).isFalse());
    assertThat(SPY.asked.get("samples of model"))
        .allSatisfy(one -> assertThat(one.training()).isFalse());
  }

  /** Guidance asks about the prompts of classes in turn, then about the empty text. */
  @Test
  void samples_areOfTheClassesPrompts_besideTheEmptyOne_byTheAverage() {
    Map<String, String> texts = texts();
    List<String> conditional = new ArrayList<>();
    List<Asked> calls = SPY.asked.get("samples of model");
    for (int k = 0; k < calls.size(); k += 2) { // two steps of each batch
      List<String> told = calls.get(k).told().stream().map(texts::get).toList();
      assertThat(told).doesNotContainNull();
      int half = told.size() / 2;
      conditional.addAll(told.subList(0, half));
      assertThat(told.subList(half, told.size())).containsOnly("");
    }
    assertThat(conditional).hasSize(20);
    for (int i = 0; i < 20; i++) {
      assertThat(conditional.get(i)).isEqualTo(prompt(i % 10));
    }
    ModelFolder model = ModelFolder.read(run.resolve("model"));
    Map<String, float[]> average = WiringSpy.weights(model.network());
    average.forEach(
        (name, values) ->
            assertThat(calls.get(0).weights().get(name)).as(name).containsExactly(values));
    RunRecord.Sampling drawn =
        RunRecord.read(run.resolve("run.json")).stages().get("sample").sampling();
    assertThat(drawn.guidanceWeight()).isEqualTo(4);
    assertThat(drawn.weights()).isEqualTo("ema");
  }

  /** Scale 5: e = e_u + 5 (e_c - e_u), in one step of DDIM as diffusers has it. */
  @Test
  void samples_areGuidedByTheScale() {
    Asked first = SPY.asked.get("samples of model").get(0);
    Asked second = SPY.asked.get("samples of model").get(1);
    double[] alphaBar =
        new NoiseSchedule(new ScheduleConfig.ScaledLinear(1000, 0.00085, 0.012)).alphaBar();
    double a = alphaBar[(int) first.t()];
    double before = alphaBar[(int) second.t()];
    int half = first.xt().length / 2;
    for (int i = 0; i < half; i++) {
      double untold = first.predicted()[half + i];
      double e = untold + 5 * (first.predicted()[i] - untold);
      double x0 = (first.xt()[i] - Math.sqrt(1 - a) * e) / Math.sqrt(a);
      double next = Math.sqrt(before) * x0 + Math.sqrt(1 - before) * e;
      assertThat((double) second.xt()[i]).isCloseTo(next, within(1e-3));
    }
  }

  private static Path captioned() {
    Path data = home.resolve("captioned");
    ShapesDataset shapes = new ShapesDataset(100, 1);
    for (int i = 0; i < 24; i++) {
      Path image = data.resolve("train/%s/%02d.png".formatted(i % 2 == 0 ? "dot" : "bar", i));
      Png.write(shapes.image(i), image);
      if (i != 5) {
        String caption = i == 4 ? "long ".repeat(30) : "picture " + i;
        AtomicFile.writeString(image.resolveSibling("%02d.txt".formatted(i)), caption);
      }
    }
    return data;
  }

  /** Every image its own caption, cut where it is too long; one without is told its class. */
  @Test
  void captions_areToldByImage_cutOnesAndMissingOnesAreCounted() {
    Spy spy = new Spy();
    Path out = home.resolve("captions");
    List<String> sets =
        List.of(
            "dataset={type: image-folder, path: " + captioned() + ", size: 16}",
            "prompts={captions: txt, maxMissing: 0.1}",
            "model.promptDropout=null",
            "prune.ratio=1",
            "train.epochs=1",
            "train.warmupEpochs=0",
            "reweight.enabled=false");
    try (Pipeline pipeline =
        Pipeline.open(Recipe.read(recipe(), sets), out, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.TRAIN);
    }
    assertThat(RunRecord.read(out.resolve("run.json")).stages().get("texts").note())
        .isEqualTo(
            "26 texts; 1 of them longer than 77 tokens and cut there; 1 of 24 images without a"
                + " caption, told their class");
    Map<String, String> texts = texts(out);
    List<String> told = spy.told("model");
    List<Integer> images = spy.fetched.get("model");
    assertThat(told).hasSize(24).hasSameSizeAs(images);
    for (int i = 0; i < told.size(); i++) {
      // by path: bar/01, bar/03, ..., then dot/00, dot/02, ...
      int number = images.get(i) < 12 ? 2 * images.get(i) + 1 : 2 * images.get(i) - 24;
      String own = number == 4 ? "long ".repeat(30).strip() : "picture " + number;
      assertThat(texts.get(told.get(i))).isEqualTo(number == 5 ? "a photo of a bar" : own);
    }
  }

  @Test
  void textEncoder_isInEvaluationMode_newOrRead() {
    Recipe untrained = Recipe.read(recipe(), List.of()).value();
    List<String> from =
        List.of("model={type: stable-diffusion, from: " + run.resolve("model") + "}");
    Recipe given = Recipe.read(recipe(), from).value();
    for (Recipe recipe : List.of(untrained, given)) {
      try (PromptEncoder encoder = recipe.model().promptEncoder(1)) {
        assertThat(encoder.transformer().training()).isFalse();
      }
    }
  }

  @Test
  void folder_isAWholePipeline_whoseTextEncoderIsTheOneThatTextsWereEncodedWith() {
    for (String part : List.of("unet", "vae", "text_encoder", "tokenizer", "scheduler")) {
      assertThat(run.resolve("model").resolve(part)).isNotEmptyDirectory();
    }
    for (String part : List.of("vae", "text_encoder", "tokenizer")) {
      assertThat(ContentHash.of(run.resolve("reference").resolve(part)))
          .as(part)
          .isEqualTo(ContentHash.of(run.resolve("model").resolve(part)));
    }
    try (PromptEncoder encoder = PromptEncoder.read(run.resolve("model"));
        TextStates states = TextStates.open(run.resolve("texts"));
        Scope scope = Scope.open()) {
      assertThat(Tensors.floats(encoder.encode(List.of(prompt(3))).states()))
          .containsExactly(Tensors.floats(states.gather(states.place(prompt(3)))), within(1e-5f));
    }
  }

  /** Fine-tuning: a run that begins with what another run left. */
  @Test
  void fineTuning_ofAFolder_beginsWithItsWeightsAndItsTexts() {
    Spy spy = new Spy();
    try (Pipeline pipeline =
        Pipeline.open(
            Recipe.read(
                recipe(),
                List.of(
                    "model={type: stable-diffusion, from: " + run.resolve("model") + "}",
                    "latents.vae=" + run.resolve("model"),
                    "train.emaRule=constant",
                    "reweight.enabled=false")),
            home.resolve("tuned"),
            Progress.SILENT,
            () -> false,
            spy)) {
      pipeline.run(Stage.TRAIN);
    }
    Asked first = spy.asked.get("model").get(0);
    WiringSpy.weights(ModelFolder.read(run.resolve("model")).network())
        .forEach(
            (name, values) ->
                assertThat(first.weights().get(name)).as(name).containsExactly(values));
    Map<String, String> texts = texts();
    assertThat(first.told()).allSatisfy(told -> assertThat(texts.get(told)).isNotEmpty());
    for (String part : List.of("vae", "text_encoder", "tokenizer")) {
      assertThat(ContentHash.of(home.resolve("tuned/model").resolve(part)))
          .as(part)
          .isEqualTo(ContentHash.of(run.resolve("model").resolve(part)));
    }
    assertThat(WiringSpy.weights(ModelFolder.read(home.resolve("tuned/model")).network()))
        .isNotEqualTo(first.weights());
  }

  @Test
  void samplesOfPrompts_areDrawnFromTheFolderAlone() throws Exception {
    SampleConfig config = Recipe.read(recipe(), List.of("sample.count=3")).value().sample();
    List<String> prompts = List.of("a church", "a tench");
    Path out = home.resolve("prompted");
    Sampling.ofPrompts(config, prompts, 1, Compute.plainCpu())
        .run(run.resolve("model"), home.resolve(".p"), out, Progress.SILENT, () -> false);
    try (var files = Files.walk(out)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> out.relativize(f).toString()))
          .containsExactlyInAnyOrder(
              "a_church/000000.png", "a_tench/000001.png", "a_church/000002.png");
    }
    assertThatThrownBy(
            () ->
                new Sampling(config, List.of(), 1, Compute.plainCpu())
                    .run(run.resolve("model"), home, out, Progress.SILENT, () -> false))
        .hasMessageEndingWith(
            "a model that is told texts, but none is given; expected at least one prompt.");
  }

  /** So short a proxy learns nothing that counts, and says so. */
  @Test
  void reweighting_writesWeightsOfEveryClassAndItsWarningsIntoTheRecord() {
    ClassWeights weights = ClassWeights.read(run.resolve("class-weights.json"));
    assertThat(weights.weights()).hasSize(10);
    assertThat(weights.warnings()).hasSize(2);
    assertThat(weights.warnings().get(0))
        .contains("standard errors apart (MAD / SE), fewer than 2: the weights are noise.");
    assertThat(weights.warnings().get(1))
        .startsWith("7 updates counted after the warm-up, fewer than 2 / smoothing = 2000: the");
    RunRecord.Stage stage = RunRecord.read(run.resolve("run.json")).stages().get("reweight");
    assertThat(stage.note()).isEqualTo(String.join(" ", weights.warnings()));
  }

  @Test
  void stoppedAndResumed_leavesTheSameBytes() {
    StoppedRun.untilDone(4, 5, stop -> run("stopped", Stage.SAMPLE, stop));
    StoppedRun.requireSame(
        home.resolve("stopped"),
        run,
        List.of("texts", "reference", "class-weights.json", "model", "samples"));
  }

  /** Another text encoder, another autoencoder: what the network knows has another meaning. */
  @Test
  void referenceThatWasToldByAnotherTextEncoder_orOnOtherLatents_isRefused() {
    ModelFolder reference = ModelFolder.read(run.resolve("reference"));
    Path told = home.resolve("told-otherwise");
    try (PromptEncoder other = Recipe.read(recipe(), List.of()).value().model().promptEncoder(9)) {
      reference.withPrompts(other).write(told, reference.network().state());
    }
    Path latent = home.resolve("on-other-latents");
    try (AutoencoderKl vae = new AutoencoderKl(reference.vae().config())) {
      vae.initAsTorch(9);
      reference.withVae(vae).write(latent, reference.network().state());
    }
    run("compared", Stage.PRUNE, () -> false);
    assertThatThrownBy(
            () -> run("compared", Stage.REWEIGHT, () -> false, "reweight.reference.path=" + told))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            told
                + ": a network that was told texts by another text encoder; expected that of this"
                + " run. Name another reference, or train one with reweight.reference.path: null.");
    assertThatThrownBy(
            () -> run("compared", Stage.REWEIGHT, () -> false, "reweight.reference.path=" + latent))
        .hasMessageStartingWith(latent + ": a network on the latents of another autoencoder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sample.guidanceWeight=4 | guidanceScale is 5.0, but guidanceWeight is 4.0, and both say",
        "sample.guidanceScale=null | guidanceWeight is null, and so is guidanceScale",
        "sample.guidanceScale=0.5 | guidanceScale is 0.5, but must be at least 1",
        "prompts.captions=txt | prompts.captions: txt, but the data set is generated",
        "prompts.names=HOME/none | HOME/none: could not be read",
        "model.sizes=null & model.from=HOME/none | HOME/none: lacks unet/config.json, vae/config.json",
        "model.sizes=null & model.from=HOME/run/model | latents.vae: not that of the network in"
            + " HOME/run/model: cells of 2 pixels, scaling_factor 1.0;",
        "latents.training.channels=[8, 8, 8, 8, 8, 8] | latents.vae: train makes a cell of 32 x 32"
            + " pixels, but images have 16 x 16",
        "latents=null | latents: absent, but the model denoises latents"
      })
  void whatDoesNotGoTogether_isRefusedBeforeAnythingIsTrained(String sets, String message) {
    String[] all =
        Arrays.stream(sets.split(" & "))
            .map(set -> set.replace("HOME", home.toString()))
            .toArray(String[]::new);
    assertThatThrownBy(() -> run("bad", Stage.SAMPLE, () -> false, all))
        .isInstanceOfAny(
            IllegalArgumentException.class, ConfigException.class, UncheckedIOException.class)
        .hasMessageContaining(message.replace("HOME", home.toString()));
    assertThat(home.resolve("bad/vae")).doesNotExist();
    assertThat(home.resolve("bad/coreset.parquet")).doesNotExist();
  }
}
