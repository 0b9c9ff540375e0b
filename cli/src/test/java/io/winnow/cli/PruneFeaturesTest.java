package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code winnow prune} of features that another tool made. */
class PruneFeaturesTest {
  @TempDir Path home;

  private Path parquet(String select) {
    Path file = home.resolve("f.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet)");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return file;
  }

  /** Ten rows on a line and ten far from it, a class each. */
  private Path twoLines() {
    return parquet(
        "SELECT 'r' || i AS id, CASE WHEN i < 10 THEN 'near' ELSE 'far' END AS label,"
            + " [i % 10, (i // 10) * 100]::FLOAT[] AS embedding FROM range(20) t(i)");
  }

  private CliRun prune(Path features, String... more) {
    List<String> args = new ArrayList<>(List.of("prune", features.toString()));
    args.addAll(List.of("--out", home.resolve("out").toString()));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(new String[0]));
  }

  private static void assertMistake(CliRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains(parts).doesNotContain("at io.winnow");
  }

  private Coreset written() {
    return CoresetFiles.read(home.resolve("out"));
  }

  private static List<String> kept(Coreset coreset) {
    return coreset.entries().stream().filter(Coreset.Entry::kept).map(Coreset.Entry::id).toList();
  }

  @Test
  void parquet_moderate_keepsTheMiddleRanksOfEveryClass() {
    CliRun run = prune(twoLines(), "--ratio", "0.2");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).contains("kept 4 of 20 rows, by moderate");
    Coreset coreset = written();
    // the median is at 4.5: distances 4.5 3.5 2.5 1.5 .5 .5 1.5 2.5 3.5 4.5, ranks 4 and 5 stay
    assertThat(kept(coreset)).containsExactly("r2", "r7", "r12", "r17");
    assertThat(coreset.selection().keptByClass()).containsEntry("near", 2).containsEntry("far", 2);
    assertThat(coreset.entries().get(0).className()).isEqualTo("near");
    assertThat(coreset.entries().get(0).sha256()).isEmpty();
    assertThat(coreset.entries().get(0).score()).isEqualTo(4.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "moderate",
        "moderate-official",
        "gaussian",
        "ppca",
        "nearest-neighbours",
        "uniform",
        "near-duplicates",
        "clusters",
        "k-center",
        "herding",
        "facility-location"
      })
  void everyMethod_keepsItsShare_withAndWithoutLabels(String method) {
    for (String labels : List.of("label", "none")) {
      CliRun run = prune(twoLines(), "--method", method, "--ratio", "0.5", "--labels", labels);
      assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
      assertThat(written().kept()).as(labels).hasSizeBetween(8, 12);
      assertThat(written().selection().keptByClass()).hasSize(labels.equals("none") ? 1 : 2);
    }
  }

  @Test
  void steps_areRun_andWrittenDown() throws Exception {
    CliRun run =
        prune(
            twoLines(),
            "--steps",
            "[{step: preset, method: moderate, ratio: 0.5}, {step: k-center}]",
            "--ratio=0.2",
            "--set",
            "seed=3");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(written().entries()).anyMatch(e -> e.reason().startsWith("step 2, k-center: kept"));
    assertThat(Files.readString(home.resolve("out/prune.yaml")))
        .contains("seed: 3", "step: preset", "path: ", "ratio: 0.2");
    assertMistake(
        prune(twoLines(), "--steps", "[{step: herding}]", "--method", "uniform"),
        "--method and --steps are both given");
  }

  @Test
  void npy_withoutNames_countsItsRows() {
    Path file = home.resolve("m.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(new float[] {0, 1, 2, 3, 4, 5}, 6, 1));
    }
    CliRun run = prune(file, "--method=k-center", "--ratio=0.34", "--json");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(kept(written())).hasSize(2).allMatch(id -> id.matches("00000\\d"));
    assertThat(run.out()).contains("\"kept\" : 2", "\"rows\" : 6");
  }

  @Test
  void rows_thatAreNotFinite_areNamed_evenWhereTheMethodDoesNotLook() {
    Path file =
        parquet(
            "SELECT 'r' || i AS id, [i, CASE i WHEN 3 THEN 'nan'::FLOAT END]::FLOAT[] AS e"
                + " FROM range(3, 6) t(i)");
    assertMistake(
        prune(file, "--method=uniform", "--ratio=0.5"),
        "winnow: features: r3 has a value that is NaN or infinite; expected finite numbers.");
    assertThat(home.resolve("out/coreset.parquet")).doesNotExist();
  }

  @Test
  void moreClustersThanRows_areRefused_andThoseThatEmptyAreNoted() {
    assertMistake(
        prune(twoLines(), "--steps", "[{step: clusters, clusters: 21}]", "--ratio=0.5"),
        "winnow: clusters: 21 of 20 images; expected 1 to 20. Ask for fewer clusters.");
    Path same = parquet("SELECT i AS id, [i % 2]::FLOAT[] AS e FROM range(6) t(i)");
    CliRun run = prune(same, "--steps", "[{step: clusters, clusters: 3}]", "--ratio=0.5");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.err())
        .contains("1 clusters stayed empty: fewer images differ than there are clusters.");
  }

  @Test
  void optionsOfImages_andOfFeatures_areNotMixed() {
    assertMistake(
        prune(twoLines(), "--encoder=resnet18"),
        "--encoder, --weights and --split are options of images");
    assertMistake(
        prune(home, "--method=uniform", "--ids=id"),
        "--embedding, --ids and --labels are options of");
    assertMistake(prune(home.resolve("gone.npy"), "--ratio=0.5"), "gone.npy: no such file");
    assertMistake(prune(twoLines(), "--ratio=20"), "--set prune.ratio", "Write 0.2 to keep 20 %");
  }

  @Test
  void folderOfARun_isNotWrittenOver() throws Exception {
    Files.createDirectories(home.resolve("out"));
    Files.writeString(home.resolve("out/run.json"), "{}");
    assertMistake(prune(twoLines(), "--ratio=0.5"), "out: is the folder of a recipe's run");
  }

  @Test
  void diagnostics_areWritten_printed_andInspected_withTheOverlap() throws Exception {
    CliRun first = prune(twoLines(), "--ratio", "0.2");
    assertThat(first.out())
        .contains("kept of classes            2; least 20.0 % (far), most 20.0 % (far)")
        .contains("dropped to nearest kept    mean ", "Frechet distance to all", "precision ");
    Files.move(home.resolve("out"), home.resolve("first"));
    CliRun second =
        prune(twoLines(), "--ratio", "0.2", "--against", home.resolve("first").toString());
    assertThat(second.out())
        .contains("4 rows, 100.0 % of the kept (20.0 % by chance), Jaccard 1.000");
    CliRun inspected = CliRun.of("inspect", home.resolve("out").toString());
    assertThat(inspected.out()).contains("coreset", "in common with ", "kept of clusters");
    SelectionDiagnostics found = SelectionDiagnostics.read(home.resolve("out/diagnostics.json"));
    // of 0 .. 9 twice, 2 and 7 stay: 2 1 0 1 2 | 2 1 0 1 2
    assertThat(found.coverage().mean()).isEqualTo(1.5);
    assertThat(found.coverage().percentile95()).isEqualTo(2);
    Path other = parquet("SELECT i AS id, [i]::FLOAT[] AS e FROM range(9) t(i)");
    assertMistake(
        prune(other, "--ratio=0.5", "--against", home.resolve("first").toString()),
        "a selection from 20 other rows than the 9 of");
  }
}
