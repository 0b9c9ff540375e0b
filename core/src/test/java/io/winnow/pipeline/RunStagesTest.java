package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunLayout.Network;
import io.winnow.artifact.RunRecord;
import io.winnow.diffusion.Parameterization;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.model.ModelFolder;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every stage leaves and what it takes away before it runs anew. */
class RunStagesTest {
  @TempDir Path folder;
  private RunData data;
  private RunLayout run;

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 3);
    SmallSet.images(folder.resolve("set"), "dog", 2);
    run = new RunLayout(folder.resolve("run"));
    data = SmallSet.open(folder.resolve("set"), run.folder());
  }

  @AfterEach
  void close() {
    data.close();
  }

  private Recipe recipe(String... sets) {
    List<String> base = List.of("train={epochs: 3, batch: 2, warmupEpochs: 1}");
    return SmallSet.recipe(folder.resolve("set"), base, sets).value();
  }

  private static StageInputs inputs(Recipe recipe) {
    return new StageInputs(
        recipe, "images", id -> Map.of("left by", id.word()), path -> "in " + path);
  }

  private RunStages stages(String... sets) {
    return stages(Compute.plainCpu(), sets);
  }

  private RunStages stages(Compute compute, String... sets) {
    Recipe recipe = recipe(sets);
    return new RunStages(
        recipe, data, run, compute, inputs(recipe), Progress.SILENT, () -> false, Witness.NONE);
  }

  private static final List<StageId> STAGES =
      List.of(
          StageId.ENCODER,
          StageId.ENCODE,
          StageId.SCORE,
          StageId.PRUNE,
          StageId.REFERENCE,
          StageId.REWEIGHT,
          StageId.TRAIN,
          StageId.TRAIN_UNWEIGHTED,
          StageId.SAMPLE,
          StageId.SAMPLE_UNWEIGHTED,
          StageId.JUDGE,
          StageId.EVALUATE);

  @Test
  void outputs_areThePlacesOfTheRun() {
    Map<StageId, List<Path>> expected =
        Map.ofEntries(
            Map.entry(
                StageId.ENCODER,
                List.of(
                    run.encoder().resolve("classifier.safetensors"),
                    run.encoder().resolve("classifier.json"))),
            Map.entry(StageId.ENCODE, List.of(run.features("resnet18-cifar"))),
            Map.entry(StageId.SCORE, List.of(run.scores())),
            Map.entry(
                StageId.PRUNE, List.of(run.selection(), run.kept(), run.dropped(), run.gallery())),
            Map.entry(StageId.REFERENCE, List.of(run.network(Network.REFERENCE))),
            Map.entry(
                StageId.REWEIGHT,
                List.of(run.network(Network.PROXY), run.classWeights(), run.trajectory())),
            Map.entry(StageId.TRAIN, List.of(run.network(Network.MODEL))),
            Map.entry(StageId.TRAIN_UNWEIGHTED, List.of(run.network(Network.UNWEIGHTED))),
            Map.entry(StageId.SAMPLE, List.of(run.samples(Network.MODEL))),
            Map.entry(StageId.SAMPLE_UNWEIGHTED, List.of(run.samples(Network.UNWEIGHTED))),
            Map.entry(StageId.JUDGE, List.of(run.features("resnet18-cifar-at-4-adm"))),
            Map.entry(StageId.EVALUATE, List.of(run.metrics(), run.memorisation())));
    RunStages stages = stages("dataset.size=4", "dataset.resize=adm");
    for (StageId id : STAGES) {
      RunStage stage = stages.stage(id);
      assertThat(stage.id()).isEqualTo(id);
      assertThat(stage.outputs()).as(id.word()).isEqualTo(expected.get(id));
    }
    assertThat(stages("evaluate.metrics=[fd]").stage(StageId.EVALUATE).outputs())
        .containsExactly(run.metrics());
    assertThat(stages("sample.format=npz").stage(StageId.SAMPLE).outputs())
        .containsExactly(run.samplesArray(Network.MODEL));
    assertThat(stages("reweight.settings.rule=inverse-frequency").stage(StageId.REWEIGHT).outputs())
        .containsExactly(run.classWeights());
  }

  /** All of its own, and what a training or a sampling has half done; nothing of another stage. */
  @Test
  void discarding_takesAwayWhatTheStageLeft() {
    Map<StageId, List<Path>> own =
        Map.ofEntries(
            Map.entry(StageId.ENCODER, List.of(run.encoder())),
            Map.entry(StageId.ENCODE, List.of(run.features("resnet18-cifar"), run.diagnostics())),
            Map.entry(StageId.SCORE, List.of(run.scores())),
            Map.entry(
                StageId.PRUNE,
                List.of(run.selection(), run.coreset(), run.exports(), run.diagnostics())),
            Map.entry(StageId.REFERENCE, training(Network.REFERENCE)),
            Map.entry(
                StageId.REWEIGHT,
                List.of(
                    run.network(Network.PROXY),
                    run.trainState(Network.PROXY),
                    run.classWeights(),
                    run.trajectory())),
            Map.entry(StageId.TRAIN, training(Network.MODEL)),
            Map.entry(StageId.TRAIN_UNWEIGHTED, training(Network.UNWEIGHTED)),
            Map.entry(StageId.SAMPLE, samples(Network.MODEL)),
            Map.entry(StageId.SAMPLE_UNWEIGHTED, samples(Network.UNWEIGHTED)),
            Map.entry(StageId.JUDGE, List.of(run.features("resnet18-cifar-at-4-adm"))),
            Map.entry(
                StageId.EVALUATE,
                List.of(run.sampleFeatures(), run.metrics(), run.memorisation())));
    RunStages stages = stages("dataset.size=4", "dataset.resize=adm");
    for (StageId id : STAGES) {
      List<Path> all = own.values().stream().flatMap(List::stream).distinct().toList();
      for (Path path : all) {
        AtomicFile.writeString(
            path.getFileName().toString().contains(".") ? path : path.resolve("x"), "left");
      }
      stages.stage(id).discard();
      assertThat(all.stream().filter(path -> !Files.exists(path)))
          .as(id.word())
          .containsExactlyInAnyOrderElementsOf(own.get(id));
    }
  }

  private List<Path> training(Network which) {
    return List.of(run.network(which), run.trainState(which));
  }

  private List<Path> samples(Network of) {
    return List.of(run.sampleParts(of), run.samples(of), run.samplesArray(of));
  }

  /** Three epochs of five images; what the reference's own length is, is no matter. */
  @Test
  void fullTraining_isTheModelsLengthOnEveryImage() {
    assertThat(stages("reweight.reference.epochs=1").imagesOfFullTraining()).isEqualTo(15);
    assertThat(stages("train.epochs=null", "train.steps=4").imagesOfFullTraining()).isEqualTo(7);
  }

  private void coreset() {
    List<Coreset.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      entries.add(
          new Coreset.Entry(
              data.inventory().ids().get(i),
              "p",
              "h",
              data.labels()[i],
              data.dataset().classes().get(data.labels()[i]),
              0,
              i > 0,
              "r",
              1));
    }
    CoresetFiles.write(
        new Coreset(
            new Coreset.Selection(
                "uniform", Map.of(), 0.5, 0, null, "d", Map.of(), Map.of(), List.of()),
            entries),
        run.folder());
  }

  private ClassWeights weights(double cat, double dog) {
    return new ClassWeights(
        List.of("cat", "dog"),
        new double[] {cat, dog},
        new double[] {0.5, 0.5},
        new double[] {0.5, 0.5},
        Map.of(),
        List.of());
  }

  /** Before a model is trained the manifest has the weights that were learnt, or 1 everywhere. */
  @Test
  void preparingTheModel_putsItsWeightsIntoTheManifest() {
    coreset();
    weights(1.5, 0.25).write(run.classWeights());
    stages().stage(StageId.TRAIN).prepare();
    assertThat(CoresetFiles.read(run.folder()).entries())
        .extracting(Coreset.Entry::weight)
        .containsExactly(1.5, 1.5, 1.5, 0.25, 0.25);
    Map<String, String> weighted = stages().stage(StageId.TRAIN).inputs();
    Map<String, String> plain = stages().stage(StageId.TRAIN_UNWEIGHTED).inputs();
    assertThat(weighted.get("weights")).isNotEqualTo("none");
    assertThat(plain.get("weights")).isEqualTo("none");
    stages("reweight.enabled=false").stage(StageId.TRAIN).prepare();
    assertThat(CoresetFiles.read(run.folder()).entries())
        .extracting(Coreset.Entry::weight)
        .containsOnly(1.0);
    assertThat(stages("reweight.enabled=false").stage(StageId.TRAIN).inputs().get("weights"))
        .isEqualTo("none");
  }

  /** Scores decide only where images are ordered by them. */
  @Test
  void training_dependsOnTheScores_whereTheDataWarmUp() {
    coreset();
    String warm = "train.dataWarmup={share: 0.5, temperature: 0.1}";
    String plain = "reweight.enabled=false";
    assertThat(stages(plain, warm).stage(StageId.TRAIN).inputs()).containsKey("scores");
    assertThat(stages(plain).stage(StageId.TRAIN).inputs()).doesNotContainKey("scores");
  }

  @Test
  void evaluation_dependsOnTheImagesThatTheModelHasSeen() {
    coreset();
    String kept = stages().stage(StageId.EVALUATE).inputs().get("trained");
    String all = stages("train.anneal=0.5").stage(StageId.EVALUATE).inputs().get("trained");
    assertThat(kept).isEqualTo(Sha256.of("[1,2,3,4]"));
    assertThat(all).isEqualTo(Sha256.of("[0,1,2,3,4]"));
    assertThat(stages("evaluate.metrics=[fd]").stage(StageId.EVALUATE).inputs().get("heldOut"))
        .isEqualTo(OtherImages.NONE);
  }

  /** Each stage depends on what {@link StageInputs} says of it, with its own lengths and places. */
  @Test
  void inputs_areThoseOfTheStage() {
    coreset();
    String[] sets = {"reweight.reference.epochs=2", "reweight.proxy.epochs=1"};
    Recipe recipe = recipe(sets);
    StageInputs inputs = inputs(recipe);
    int[] labels = recipe.sample().labelsOf(data.labels(), 2);
    Map<StageId, Map<String, String>> expected =
        Map.of(
            StageId.ENCODER,
            inputs.encoder(),
            StageId.ENCODE,
            inputs.encode(),
            StageId.SCORE,
            inputs.score(),
            StageId.PRUNE,
            inputs.prune(),
            StageId.REFERENCE,
            inputs.reference(ReweightPlan.lasting(recipe.train(), 2, 5)),
            StageId.REWEIGHT,
            inputs.reweight(
                ReweightPlan.lasting(recipe.train(), 1, 4), run.network(Network.REFERENCE)),
            StageId.SAMPLE,
            inputs.sample(StageId.TRAIN, labels, null),
            StageId.SAMPLE_UNWEIGHTED,
            inputs.sample(StageId.TRAIN_UNWEIGHTED, labels, null));
    RunStages stages = stages(sets);
    expected.forEach(
        (id, own) -> assertThat(stages.stage(id).inputs()).as(id.word()).isEqualTo(own));
    assertThat(stages("model.classes=none").stage(StageId.SAMPLE).inputs())
        .isEqualTo(inputs(recipe("model.classes=none")).sample(StageId.TRAIN, new int[0], null));
  }

  @Test
  void samplesOfAModelThatIsToldTexts_dependOnThePromptsOfTheClasses() {
    String model =
        "model={type: stable-diffusion, sizes: {width: 8, multipliers: [1], blocks: 1,"
            + " attention: [0], heads: 1, groups: 4, text: {width: 8, layers: 1, heads: 1}}}";
    Recipe recipe = recipe(model);
    int[] labels = recipe.sample().labelsOf(data.labels(), 2);
    assertThat(stages(model).stage(StageId.SAMPLE).inputs())
        .isEqualTo(
            inputs(recipe)
                .sample(StageId.TRAIN, labels, List.of("a photo of a cat", "a photo of a dog")));
  }

  @Test
  void evaluation_dependsOnTheHeldOutImages_whereMemorisationLooksAtThem() {
    coreset();
    SmallSet.images(folder.resolve("set/test"), "cat", 2);
    SmallSet.images(folder.resolve("set/test"), "dog", 1);
    String folders = "dataset.type=image-folder";
    String held = OtherImages.heldOut(recipe(folders), run).identity();
    assertThat(held).isNotEqualTo(OtherImages.NONE);
    assertThat(stages(folders).stage(StageId.EVALUATE).inputs()).containsEntry("heldOut", held);
    assertThat(stages(folders, "evaluate.metrics=[fd]").stage(StageId.EVALUATE).inputs())
        .containsEntry("heldOut", OtherImages.NONE);
  }

  @Test
  void whatAStageWouldRefuse_isRefusedByThePreflight() {
    RunStages stages = stages("model.multipliers=[1, 1, 1, 1]");
    stages.preflight(List.of(StageId.PRUNE));
    assertThatThrownBy(() -> stages.preflight(List.of(StageId.PRUNE, StageId.TRAIN)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static final String[] WHOLE = {
    "dataset.type=image-folder",
    "dataset.split=''",
    "prune={method: moderate, ratio: 0.6}",
    "encode.training={width: 4, epochs: 2, batch: 4, cropPadding: 1, flip: false}",
    "reweight={settings: {rule: inverse-frequency}, baseline: true}",
    "sample={sampler: {steps: 2}, count: 4, batch: 4, guidanceWeight: 0}",
    "evaluate.metrics=[fd]"
  };

  /** One of the three cats and both dogs: 1.5 and 0.75. */
  @Test
  void stages_runOneAfterTheOther_eachOnWhatTheOnesBeforeHaveLeft() {
    RunStages stages = stages(WHOLE);
    assertThat(run(stages, StageId.ENCODER).images()).as("two epochs").isEqualTo(10);
    assertThat(run(stages, StageId.ENCODE).images()).isEqualTo(5);
    assertThat(run(stages, StageId.SCORE).images()).isZero();
    assertThat(run(stages, StageId.PRUNE).images()).isZero();
    Coreset selected = CoresetFiles.read(run.folder());
    assertThat(selected.kept()).hasSize(3);
    try (Features features = FeatureFolder.read(run.features("resnet18-cifar"))) {
      assertThat(selected.selection().encoderHash()).isEqualTo(features.encoder().hash());
    }
    RunRecord.Training reference = run(stages, StageId.REFERENCE).training();
    assertThat(reference.phases().get(0).images()).isEqualTo(5);
    assertThat(reference.weights()).isEqualTo(RunRecord.Range.of(new double[] {1, 1}));
    assertThat(reference.stream()).isEqualTo(Training.REFERENCE.streams(0).seed());
    assertThat(run(stages, StageId.REWEIGHT).note()).startsWith("inverse frequency");
    double[][] weights = {{1.5, 0.75}, {1, 1}};
    StageId[] trainings = {StageId.TRAIN, StageId.TRAIN_UNWEIGHTED};
    for (int i = 0; i < 2; i++) {
      RunRecord.Training training = run(stages, trainings[i]).training();
      assertThat(training.phases().get(0).images()).isEqualTo(3);
      assertThat(training.weights()).isEqualTo(RunRecord.Range.of(weights[i]));
      assertThat(training.stream()).isEqualTo(Training.MODEL.streams(0).seed());
    }
    for (StageId id : List.of(StageId.SAMPLE, StageId.SAMPLE_UNWEIGHTED)) {
      StageOutcome drawn = run(stages, id);
      assertThat(drawn.images()).isEqualTo(4);
      assertThat(drawn.sampling().byClass()).isEqualTo(Map.of("cat", 2, "dog", 2));
    }
    assertThat(run(stages, StageId.EVALUATE).images()).isEqualTo(4);
    assertThat(Metrics.read(run.metrics()).metrics())
        .extracting(metric -> metric.c().variant())
        .contains(null, "unweighted");
    assertThat(precisions()).containsOnly("float32");
    stages.stage(StageId.EVALUATE).discard();
    run(stages(new Compute(Compute.plainCpu().device(), true, 1, false), WHOLE), StageId.EVALUATE);
    assertThat(precisions()).containsOnly("bf16");
  }

  private List<String> precisions() {
    return Metrics.read(run.metrics()).metrics().stream()
        .map(metric -> metric.c().precision())
        .toList();
  }

  private static StageOutcome run(RunStages stages, StageId id) {
    return stages.stage(id).run();
  }

  @Test
  void selectionWithoutFeatures_namesNoEncoder() {
    assertThat(run(stages("prune={method: uniform, ratio: 0.5}"), StageId.PRUNE).images()).isZero();
    assertThat(CoresetFiles.read(run.folder()).selection().encoderHash()).isNull();
  }

  @Test
  void sampling_usesAsManyThreadsAsItIsGiven() {
    Recipe recipe = recipe(WHOLE);
    ModelFolder model = ModelFolder.create(recipe.model(), Parameterization.EPS, 4, 4, 2, 7);
    model.write(run.network(Network.MODEL), model.network().state());
    int before = torch.get_num_threads();
    try {
      torch.set_num_threads(3);
      run(stages(WHOLE), StageId.SAMPLE);
      assertThat(torch.get_num_threads()).isEqualTo(1);
    } finally {
      torch.set_num_threads(before);
    }
  }
}
