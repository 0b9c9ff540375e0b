package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Coreset;
import io.winnow.files.Sha256;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.prune.Pruning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four cats and three dogs, in this order, of which a method has kept some. */
class CoresetMakerTest {
  private static final double NAN = Double.NaN;
  private static final double[] SCORES = {1, 2, 3, 4, 10, 20, 30};

  @TempDir Path folder;
  private Path set;

  @BeforeEach
  void images() {
    set = folder.resolve("set");
    SmallSet.images(set, "cat", 4);
    SmallSet.images(set, "dog", 3);
  }

  private Coreset make(Pruning.Result result, PruneConfig config, String encoder) {
    try (RunData data = SmallSet.open(set, folder.resolve("run"))) {
      return CoresetMaker.of(data).make(result, config, 7, encoder);
    }
  }

  private static Pruning.Result result(int[] kept, double[] scores, Pruning.Cutoff... cutoffs) {
    return new Pruning.Result(
        kept,
        scores,
        List.of(cutoffs),
        List.of(new Pruning.ClassCount(0, 4, 2), new Pruning.ClassCount(1, 3, 1)),
        List.of("a note"),
        null);
  }

  private static PruneConfig config(double ratio) {
    return PruneConfig.of(Method.MODERATE_OFFICIAL, ratio);
  }

  private static List<String> reasons(Coreset coreset) {
    return coreset.entries().stream().map(Coreset.Entry::reason).toList();
  }

  /** Every class has cutoffs of its own; one that lies just at them can go as well. */
  @Test
  void reasons_areTheScoreAgainstTheCutoffsOfTheClass() {
    Pruning.Cutoff cat = new Pruning.Cutoff("class 0", 2, 3.5);
    Pruning.Cutoff dog = new Pruning.Cutoff("class 1", 12.5, 20);
    Coreset coreset = make(result(new int[] {2, 4}, SCORES, cat, dog), config(0.5), "e");
    assertThat(reasons(coreset))
        .containsExactly(
            "score below 2.00000",
            "tie at the cutoff",
            "score inside the cutoffs",
            "score above 3.50000",
            "score inside the cutoffs",
            "tie at the cutoff",
            "score above 20.0000");
    assertThat(coreset.kept()).containsExactly(2, 4);
    assertThat(coreset.selection().cutoffs())
        .isEqualTo(Map.of("class 0", List.of(2.0, 3.5), "class 1", List.of(12.5, 20.0)));
  }

  @Test
  void cutoffsOfTheWholeSet_holdForEveryClass() {
    Pruning.Cutoff all = new Pruning.Cutoff("all", 3, 12345678);
    assertThat(reasons(make(result(new int[] {2, 3, 4, 5}, SCORES, all), config(0.5), "e")))
        .containsExactly(
            "score below 3.00000",
            "score below 3.00000",
            "score inside the cutoffs",
            "score inside the cutoffs",
            "score inside the cutoffs",
            "score inside the cutoffs",
            "tie at the cutoff");
  }

  @Test
  void methodsWithoutScores_draw_andARatioOfOneKeepsEverything() {
    double[] none = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    Coreset drawn = make(result(new int[] {0, 5}, none), PruneConfig.of(Method.UNIFORM, 0.3), null);
    assertThat(reasons(drawn).subList(0, 2)).containsExactly("drawn", "not drawn");
    assertThat(drawn.entries()).allMatch(entry -> Double.isNaN(entry.score()));
    Coreset whole = make(result(new int[] {0, 1, 2, 3, 4, 5, 6}, none), config(1), null);
    assertThat(reasons(whole)).containsOnly("everything is kept");
  }

  @Test
  void stepsHaveReasonsOfTheirOwn() {
    PruneConfig method = config(0.5);
    PruneConfig steps =
        new PruneConfig(
            method.method(),
            0.5,
            method.scope(),
            method.fit(),
            method.rule(),
            method.covariance(),
            method.pca(),
            method.center(),
            method.window(),
            method.quota(),
            method.reg(),
            List.of(new PruneStep.Preset(Method.UNIFORM, 0.5, null)));
    String[] reasons = {"a", "b", "c", "d", "e", "f", "g"};
    Coreset coreset =
        make(
            new Pruning.Result(
                new int[] {1},
                SCORES,
                List.of(),
                List.of(new Pruning.ClassCount(0, 4, 1), new Pruning.ClassCount(1, 3, 0)),
                List.of(),
                reasons),
            steps,
            null);
    assertThat(reasons(coreset)).containsExactly(reasons);
    assertThat(coreset.selection().method()).isEqualTo("steps");
    assertThat(coreset.selection().options())
        .isEqualTo(Map.of("steps", List.of(steps.steps().get(0).toString())));
  }

  @Test
  void selection_saysHowItCameAbout() {
    PruneConfig config = config(0.25);
    Coreset coreset = make(result(new int[] {0, 1, 4}, SCORES), config, "an encoder");
    Coreset.Selection selection = coreset.selection();
    assertThat(selection.method()).isEqualTo("moderate-official");
    assertThat(selection.options())
        .isEqualTo(
            Map.of(
                "scoring", config.scoring(),
                "scope", "class",
                "rule", "percentile-strict",
                "window", "band",
                "quota", "round"));
    assertThat(selection.ratio()).isEqualTo(0.25);
    assertThat(selection.seed()).isEqualTo(7);
    assertThat(selection.encoderHash()).isEqualTo("an encoder");
    assertThat(selection.keptByClass()).isEqualTo(Map.of("cat", 2, "dog", 1));
    assertThat(selection.notes()).containsExactly("a note");
    try (RunData data = SmallSet.open(set, folder.resolve("run"))) {
      assertThat(selection.datasetHash()).isEqualTo(data.inventory().hash());
    }
  }

  @Test
  void entries_nameTheFileWhereThereIsOne() {
    Coreset coreset = make(result(new int[] {0}, SCORES), config(0.5), null);
    Coreset.Entry dog = coreset.entries().get(5);
    Path file = set.resolve("dog/1.png");
    assertThat(dog)
        .isEqualTo(
            new Coreset.Entry(
                "dog/1.png",
                file.toString(),
                Sha256.of(file),
                1,
                "dog",
                20,
                false,
                "not drawn",
                1.0));
  }

  /** Inside an archive there is no file to name. */
  @Test
  void entries_ofAnArchive_areNamedByTheirIds() throws Exception {
    Path archive = folder.resolve("set.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : List.of("cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png")) {
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(set.resolve(name), zip);
      }
    }
    try (RunData data = SmallSet.open(archive, folder.resolve("zipped"))) {
      Coreset coreset =
          CoresetMaker.of(data)
              .make(result(new int[] {0}, new double[] {1, 2, 3, 4}), config(0.5), 7, null);
      assertThat(coreset.entries())
          .extracting(Coreset.Entry::path)
          .containsExactly("cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png");
    }
  }
}
