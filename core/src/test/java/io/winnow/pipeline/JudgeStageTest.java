package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.files.ContentHash;
import io.winnow.files.Sha256;
import io.winnow.task.HeardProgress;
import io.winnow.task.Notes;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five training images, two held-out ones and three to compare with, seen by two classifiers. */
class JudgeStageTest {
  private static final String ENCODER = SmallClassifier.NAME;

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private final HeardProgress heard = new HeardProgress();
  private int told;

  private RunStage stage; // that was done last

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set/train"), "cat", 3);
    SmallSet.images(folder.resolve("set/train"), "dog", 2);
    SmallSet.images(folder.resolve("set/test"), "cat", 1);
    SmallSet.images(folder.resolve("set/test"), "dog", 1);
    SmallSet.images(folder.resolve("clean/train"), "cat", 2);
    SmallSet.images(folder.resolve("clean/train"), "dog", 1);
    SmallClassifier.write(folder.resolve("selector"), 20, List.of("cat", "dog"));
    SmallClassifier.write(folder.resolve("judge"), 32, List.of("cat", "dog"));
  }

  /** Judged by the second classifier unless something else is said. */
  private Recipe recipe(String... sets) {
    List<String> base =
        List.of(
            "dataset.split=train",
            "encode={encoder: " + ENCODER + ", weights: " + folder.resolve("selector") + "}",
            "evaluate={metrics: [fd, memorisation], encoder: " + ENCODER + "}",
            "evaluate.weights={" + ENCODER + ": " + folder.resolve("judge") + "}");
    return SmallSet.recipe(folder.resolve("set"), base, sets).value();
  }

  /** The stage of a run, done or taken from the store. */
  private RunRecord.Stage done(String name, Recipe recipe) {
    Progress listener = new Notes(line -> notes.add(name + ": " + line));
    SharedStore store =
        new SharedStore(folder.resolve("store"), folder.resolve(name), listener, () -> false);
    return done(name, recipe, listener, store);
  }

  /** The stage of a run that has no store, done by what it had before; {@link #heard} hears it. */
  private RunRecord.Stage goneOn(Recipe recipe) {
    return done("run", recipe, heard, null);
  }

  private RunRecord.Stage done(
      String name, Recipe recipe, Progress listener, @OrNull SharedStore store) {
    RunLayout run = new RunLayout(folder.resolve(name));
    RunRecord before =
        Files.exists(run.record())
            ? RunRecord.read(run.record())
            : new RunRecord(name, "r", Map.of(), Map.of(), Map.of());
    try (RunData data = RunData.open(recipe.dataset(), recipe.seed(), run, Progress.SILENT)) {
      Ledger ledger = new Ledger(run, before, Clock.systemUTC(), System::nanoTime, listener, store);
      StageInputs inputs =
          new StageInputs(
              recipe, data.inventory().hash(), ledger::outputs, ContentHash.in(run.folder())::hash);
      RunStages stages =
          new RunStages(
              recipe, data, run, Compute.plainCpu(), inputs, listener, () -> false, Witness.NONE);
      stage = stages.stage(StageId.JUDGE);
      ledger.stage(stage);
      assertThat(data.dataset().encoded(0)).as("those of the run, open still").isNotEmpty();
      return ledger.record().stages().get("judge");
    }
  }

  private void holds(String run, String features, String classifier, int rows) {
    try (Features found =
        FeatureFolder.read(new RunLayout(folder.resolve(run)).features(features))) {
      assertThat(found.rows()).isEqualTo(rows);
      assertThat(found.encoder().weightsSha256())
          .isEqualTo(Sha256.of(folder.resolve(classifier).resolve("classifier.safetensors")));
    }
  }

  @Test
  void judge_seesTheTrainingAndTheHeldOutImages() {
    assertThat(done("run", recipe()).outputs())
        .containsOnlyKeys(
            "features/" + ENCODER + "-judge", "features/held-out-" + ENCODER + "-judge");
    holds("run", ENCODER + "-judge", "judge", 5);
    holds("run", "held-out-" + ENCODER + "-judge", "judge", 2);
  }

  @Test
  void discarded_whatTheJudgeSawIsGone() {
    done("run", recipe());
    stage.discard();
    assertThat(folder.resolve("run/features").toFile().list()).isEmpty();
  }

  @Test
  void trainingImages_inAnArchive_areSeen_andStayOpen() throws IOException {
    Path archive = folder.resolve("set.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : List.of("cat/0.png", "dog/1.png")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Files.readAllBytes(folder.resolve("set/train").resolve(name)));
      }
    }
    Recipe recipe = recipe("dataset={path: " + archive + ", split: ''}", "evaluate.metrics=[fd]");
    assertThat(done("run", recipe).outputs()).containsOnlyKeys("features/" + ENCODER + "-judge");
    holds("run", ENCODER + "-judge", "judge", 2);
  }

  @Test
  void imagesOfAnotherSet_areSeenInTheirPlace_inTheSizeThatIsTrainedOn() {
    Recipe recipe =
        recipe(
            "evaluate.metrics=[fd]",
            "evaluate.reference=" + folder.resolve("clean"),
            "dataset.size=2");
    String features = "reference-" + ENCODER + "-judge-at-2-average";
    assertThat(done("run", recipe).outputs()).containsOnlyKeys("features/" + features);
    holds("run", features, "judge", 3);
  }

  @Test
  void selectorThatJudges_seesTheHeldOutImagesAlone() {
    Recipe recipe = recipe("evaluate={encoder: null, weights: {}, metrics: [fd, memorisation]}");
    assertThat(done("run", recipe).outputs()).containsOnlyKeys("features/held-out-" + ENCODER);
    holds("run", "held-out-" + ENCODER, "selector", 2);
  }

  @Test
  void heldOutImages_thatAreNotThere_areLeftOut() {
    assertThat(done("run", recipe("evaluate.heldOut=val")).outputs())
        .containsOnlyKeys("features/" + ENCODER + "-judge");
  }

  /** Another seed, selection and training are judged by the same features. */
  @Test
  void runsThatAreJudgedAlike_haveItDoneOnce() {
    RunRecord.Stage first = done("first", recipe());
    RunRecord.Stage second =
        done("second", recipe("seed=1", "prune.method=uniform", "train.epochs=7"));
    assertThat(second.outputs()).isEqualTo(first.outputs());
    assertThat(notes)
        .singleElement()
        .asString()
        .startsWith("second: judge: taken from " + folder.resolve("store"));
    holds("second", ENCODER + "-judge", "judge", 5);
  }

  @Test
  void otherImages_orAnotherJudge_areSeenAnew() {
    Function<Recipe, Map<String, String>> inputs =
        recipe -> done(notes.size() + "x", recipe).inputs();
    Map<String, String> before = inputs.apply(recipe());
    SmallSet.images(folder.resolve("set/test"), "dog", 2);
    notes.add("other held-out images");
    assertThat(inputs.apply(recipe())).isNotEqualTo(before);
    assertThat(inputs.apply(recipe("evaluate.metrics=[fd]"))).isNotEqualTo(before);
    before = inputs.apply(recipe("evaluate.metrics=[fd]"));
    SmallClassifier.write(folder.resolve("judge"), 33, List.of("cat", "dog"));
    notes.add("another judge");
    assertThat(inputs.apply(recipe("evaluate.metrics=[fd]"))).isNotEqualTo(before);
  }

  /** Each metric wants other images, some another judge: what is there is not encoded again. */
  @Test
  void furtherMetric_hasOnlyWhatIsMissingEncoded() {
    goneOn(recipe("evaluate.metrics=[fd]"));
    assertThat(encodings()).containsExactly("training images 5");
    goneOn(recipe("evaluate.metrics=[fd, memorisation]"));
    assertThat(encodings()).containsExactly("held-out images 2");
    goneOn(recipe("evaluate.metrics=[fd]"));
    assertThat(encodings()).isEmpty();
    holds("run", ENCODER + "-judge", "judge", 5);
  }

  @Test
  void featuresThatWereDamaged_areMadeAgain_theOthersStay() throws IOException {
    Map<String, String> whole = goneOn(recipe()).outputs();
    Path damaged = folder.resolve("run/features/" + ENCODER + "-judge/features-00000.npy");
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[bytes.length - 1] ^= 1;
    Files.write(damaged, bytes);
    encodings();
    assertThat(goneOn(recipe()).outputs()).isEqualTo(whole);
    assertThat(encodings()).containsExactly("training images 5");
  }

  /** The features stand as they were left, and are those of another network. */
  @Test
  void anotherJudge_orOtherImages_areEncodedAnew() {
    goneOn(recipe());
    SmallClassifier.write(folder.resolve("judge"), 33, List.of("cat", "dog"));
    encodings();
    goneOn(recipe());
    assertThat(encodings()).containsExactly("training images 5", "held-out images 2");
    holds("run", ENCODER + "-judge", "judge", 5);
    SmallSet.images(folder.resolve("set/test"), "dog", 2);
    goneOn(recipe());
    assertThat(encodings()).containsExactly("held-out images 3");
    holds("run", "held-out-" + ENCODER + "-judge", "judge", 3);
  }

  /** What was encoded since this was last asked, with the number of images. */
  private List<String> encodings() {
    List<String> all = heard.lines();
    List<String> found =
        all.stream()
            .skip(told)
            .filter(line -> line.startsWith("begin encode "))
            .map(line -> line.substring("begin encode ".length(), line.indexOf(" images,")))
            .toList();
    told = all.size();
    return found;
  }
}
