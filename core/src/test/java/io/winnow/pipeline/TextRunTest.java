package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TextStates;
import io.winnow.config.ConfigException;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.SampleLosses;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
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
  private record Asked(
      List<String> told, boolean training, Map<String, float[]> weights, int batch) {}

  /** Writes down what networks are told, as texts, and which images a weighting saw. */
  private static final class Spy implements Witness {
    final Map<String, List<Asked>> asked = new LinkedHashMap<>();
    final Map<String, List<int[]>> indices = new LinkedHashMap<>();

    @Override
    public Denoiser network(String role, DenoisingNetwork network) {
      List<Asked> calls = asked.computeIfAbsent(role, name -> new ArrayList<>());
      return (xt, t, condition) -> {
        List<String> told = new ArrayList<>();
        Tensor states = ((Condition.Prompts) condition).states();
        for (int i = 0; i < states.size(0); i++) {
          told.add(key(Tensors.floats(states.select(0, i).contiguous())));
        }
        calls.add(
            new Asked(told, network.training(), WiringSpy.weights(network), (int) xt.size(0)));
        return network.predict(xt, t, condition);
      };
    }

    @Override
    public LossWeighting weighting(String training, LossWeighting weighting) {
      List<int[]> seen = indices.computeIfAbsent(training, name -> new ArrayList<>());
      return weighting.watches() ? new Watching(weighting, seen) : weighting;
    }
  }

  /** A weighting that notes the images of its steps. */
  private record Watching(LossWeighting inner, List<int[]> seen) implements LossWeighting {
    @Override
    public void begin(WatchedRun watched) {
      inner.begin(watched);
    }

    @Override
    public boolean watches() {
      return true;
    }

    @Override
    public void watch(TrainStep step, SampleLosses losses) {
      seen.add(step.indices().clone());
      inner.watch(step, losses);
    }

    @Override
    public void update() {
      inner.update();
    }

    @Override
    public double[] coefficients(int[] groups) {
      return inner.coefficients(groups);
    }

    @Override
    public Map<String, Double> endEpoch(TrainListener listener) {
      return inner.endEpoch(listener);
    }

    @Override
    public String identity() {
      return inner.identity();
    }

    @Override
    public String state() {
      return inner.state();
    }

    @Override
    public void restore(String state, long step) {
      inner.restore(state, step);
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

  /**
   * Proxy and reference, in the same order, are told the same: the image's text or the empty one.
   */
  @Test
  void steps_areToldTheTextOfEveryImage_orTheEmptyOneInItsShare() {
    Map<String, String> texts = texts();
    int[] labels = labels();
    List<int[]> images = SPY.indices.get("proxy");
    List<Asked> reference = SPY.asked.get("reference of the proxy");
    assertThat(reference).hasSameSizeAs(images).hasSizeGreaterThan(4);
    int empty = 0;
    int all = 0;
    for (int k = 0; k < images.size(); k++) {
      for (int i = 0; i < images.get(k).length; i++) {
        String told = texts.get(reference.get(k).told().get(i));
        assertThat(told).isIn("", prompt(labels[images.get(k)[i]]));
        empty += told.isEmpty() ? 1 : 0;
        all++;
      }
    }
    assertThat((double) empty / all).isBetween(0.1, 0.5);
    for (String training : List.of("reference", "model", "proxy")) {
      for (Asked one : SPY.asked.get(training)) {
        assertThat(texts.keySet()).as(training).containsAll(one.told());
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
    assertThat(weights.warnings()).isNotEmpty();
    RunRecord.Stage stage = RunRecord.read(run.resolve("run.json")).stages().get("reweight");
    assertThat(stage.note()).isEqualTo(String.join(" ", weights.warnings()));
  }

  @Test
  void stoppedAndResumed_leavesTheSameBytes() {
    for (int patience = 4; ; patience += 5) {
      int[] left = {patience};
      try {
        run("stopped", Stage.SAMPLE, () -> left[0]-- <= 0);
        break;
      } catch (Interrupted e) {
        assertThat(patience).isLessThan(1000);
      }
    }
    for (String part : List.of("texts", "reference", "class-weights.json", "model", "samples")) {
      assertThat(ContentHash.of(home.resolve("stopped").resolve(part)))
          .as(part)
          .isEqualTo(ContentHash.of(run.resolve(part)));
    }
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
