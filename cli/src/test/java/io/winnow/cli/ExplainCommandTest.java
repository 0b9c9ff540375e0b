package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code winnow explain}. */
class ExplainCommandTest {
  private static final String STEPS =
      "[{step: near-duplicates, eps: %s, clusters: 1}, {step: k-center, ratio: %s}]";

  @TempDir Path home;

  /** Twelve rows on a line, the last one a copy of the one before but for a little. */
  @BeforeEach
  void features() throws IOException {
    float[] rows = new float[24];
    for (int i = 0; i < 12; i++) {
      rows[2 * i] = i * i;
      rows[2 * i + 1] = i == 11 ? 99 : 10 * i;
    }
    try (Scope scope = Scope.open()) {
      Npy.write(home.resolve("f.npy"), Tensors.of(rows, 12, 2));
    }
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add("set/row-" + i + ".png");
    }
    Files.write(home.resolve("ids.txt"), ids);
  }

  private void prune(String out, String... options) {
    List<String> args = new ArrayList<>(List.of("prune", home.resolve("f.npy").toString()));
    args.addAll(List.of("--ids", home.resolve("ids.txt").toString()));
    args.addAll(List.of("--out", home.resolve(out).toString()));
    args.addAll(List.of(options));
    CliRun run = CliRun.of(args.toArray(new String[0]));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
  }

  private boolean kept(String out, String id) {
    return CoresetFiles.read(home.resolve(out)).entries().stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .map(Coreset.Entry::kept)
        .orElseThrow();
  }

  private CliRun explain(String out, String id, String... more) {
    List<String> args = new ArrayList<>(List.of("explain", home.resolve(out).toString(), id));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(new String[0]));
  }

  private JsonNode explained(String out, String id) throws IOException {
    CliRun run = explain(out, id, "--json");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return new ObjectMapper().readTree(run.out());
  }

  @Test
  void method_everyStatedRatio_runAgain_turnsTheDecision() throws Exception {
    prune("out", "--ratio", "0.4");
    int stated = 0;
    for (int i = 0; i < 12; i++) {
      String id = "set/row-" + i + ".png";
      for (JsonNode flip : explained("out", id).get("flips")) {
        assertThat(flip.get("key").asText()).isEqualTo("prune.ratio");
        prune("flips", "--ratio", flip.get("flips").asText());
        prune("stays", "--ratio", flip.get("stays").asText());
        assertThat(kept("flips", id)).as("%s %s", id, flip).isNotEqualTo(kept("out", id));
        assertThat(kept("stays", id)).as("%s %s", id, flip).isEqualTo(kept("out", id));
        stated++;
      }
    }
    assertThat(stated).isGreaterThanOrEqualTo(11);
  }

  @Test
  void steps_everyStatedOption_runAgain_turnsTheDecision() throws Exception {
    prune("out", "--steps", STEPS.formatted("0.01", "0.5"));
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String id = "set/row-" + i + ".png";
      for (JsonNode flip : explained("out", id).get("flips")) {
        keys.add(flip.get("key").asText());
        for (String side : List.of("flips", "stays")) {
          String value = flip.get(side).asText();
          prune(
              side,
              "--steps",
              keys.get(keys.size() - 1).endsWith("eps")
                  ? STEPS.formatted(value, "0.5")
                  : STEPS.formatted("0.01", value));
        }
        assertThat(kept("flips", id)).as("%s %s", id, flip).isNotEqualTo(kept("out", id));
        assertThat(kept("stays", id)).as("%s %s", id, flip).isEqualTo(kept("out", id));
      }
    }
    assertThat(keys).contains("prune.steps[0].eps", "prune.steps[1].ratio");
  }

  @Test
  void text_saysScoreRanksNeighbourRuleAndTurn() {
    prune("out", "--ratio", "0.4");
    CliRun run = explain("out", "set/row-11.png");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.out())
        .contains("set/row-11.png (all): dropped, score above ")
        .containsPattern("score +[0-9.]+\n")
        .contains("rank in its class    12 of 12", "rank over all        12 of 12")
        .containsPattern("nearest kept +set/row-\\d+.png, at distance \\d")
        .containsPattern(
            "would be kept +with prune.ratio 0\\.9\\d*, not with 0\\.9\\d*; it is 0.4");
  }

  @Test
  void unknownId_isOneLine_withTheOneThatWasMeant() {
    prune("out", "--ratio", "0.4");
    for (String id : List.of("set/row-11.pgn", "row-11.png", "row-11", "sett/row-11.png")) {
      CliRun run = explain("out", id);
      assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
      assertThat(run.err())
          .contains(
              "out: no image \"" + id + "\" among 12; expected an id of coreset.parquet.",
              "Did you mean set/row-11.png?")
          .hasLineCount(1);
    }
    assertThat(explain("out", "something else entirely").err()).doesNotContain("Did you mean");
    assertThat(explain("none", "a").err())
        .contains("none: no coreset.parquet in it; expected the folder of a run, or of winnow");
  }

  @Test
  void settings_thatGiveAnotherSelection_areRefused_andFeaturesThatAreGone_noted()
      throws Exception {
    prune("out", "--ratio", "0.4");
    Path settings = home.resolve("out/prune.yaml");
    String yaml = Files.readString(settings);
    Files.writeString(settings, yaml.replace("ratio: 0.4", "ratio: 0.8"));
    CliRun other = explain("out", "set/row-11.png");
    assertThat(other.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(other.err()).contains("its settings select ", "Run winnow prune again.");
    Files.writeString(settings, yaml);
    Files.delete(home.resolve("f.npy"));
    CliRun gone = explain("out", "set/row-11.png");
    assertThat(gone.code()).as(gone.err()).isEqualTo(ExitCode.DONE);
    assertThat(gone.out())
        .contains("so no neighbour is named.", "would be kept")
        .doesNotContain("nearest");
  }
}
