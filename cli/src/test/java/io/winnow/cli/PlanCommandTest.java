package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.files.AtomicFile;
import io.winnow.files.Json;
import io.winnow.pipeline.MiniRecipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The forecast of a run in miniature. */
class PlanCommandTest {
  @TempDir Path folder;

  private CliRun winnow(String command, String... more) {
    return winnow(folder.resolve("run"), command, more);
  }

  private CliRun winnow(Path out, String command, String... more) {
    Path file = folder.resolve("mini.yaml");
    AtomicFile.writeString(file, MiniRecipe.RUN);
    List<String> args = new ArrayList<>(List.of(command, file.toString()));
    args.addAll(List.of("--out", out.toString()));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(new String[0]));
  }

  /** Scores draw nothing, but their inputs once named the seed; a run goes on with them. */
  private static void seedOfAnEarlierVersion(Path record) {
    ObjectNode run = (ObjectNode) Json.read(record, JsonNode.class);
    ((ObjectNode) run.at("/stages/score/inputs")).put("seed", "0");
    Json.write(record, run);
  }

  private static Map<String, JsonNode> stages(JsonNode side) {
    Map<String, JsonNode> stages = new TreeMap<>();
    side.get("stages").forEach(stage -> stages.put(stage.get("stage").asText(), stage));
    return stages;
  }

  private static String states(Map<String, JsonNode> stages, String state) {
    List<String> names = new ArrayList<>();
    stages.forEach(
        (name, stage) -> {
          if (stage.get("state").asText().equals(state)) {
            names.add(name);
          }
        });
    return String.join(" ", names);
  }

  private Map<String, Long> files() {
    Map<String, Long> times = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder.resolve("run"))) {
      all.forEach(f -> times.put(f.toString(), f.toFile().lastModified()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return times;
  }

  @Test
  void plan_countsBothSides_andLeavesNothing() {
    torch.set_num_threads(3);
    CliRun plan = winnow("plan", "--json", "--rate", "3600", "--watts", "3600000");
    assertThat(torch.get_num_threads()).as("those of the recipe").isEqualTo(1);
    assertThat(plan.err()).doesNotContain("winnow:");
    JsonNode forecast = Json.parse(plan.out(), JsonNode.class);
    Map<String, JsonNode> own = stages(forecast.get("coreset"));
    assertThat(states(own, "TO_RUN"))
        .isEqualTo(
            "encode encoder evaluate judge prune read images reference reweight sample score train");
    assertThat(own.get("train").get("images").asLong()).isEqualTo(120);
    assertThat(own.get("train").get("units").asLong()).isEqualTo(4);
    assertThat(own.get("reference").get("images").asLong()).isEqualTo(200);
    assertThat(own.get("sample").get("units").asLong()).isEqualTo(60);
    Map<String, JsonNode> full = stages(forecast.get("full"));
    assertThat(full.get("train").get("images").asLong()).isEqualTo(400);
    assertThat(full).doesNotContainKeys("score", "reference", "reweight");
    double seconds = forecast.get("coreset").get("seconds").asDouble();
    assertThat(seconds).isBetween(0.5, 600.0);
    assertThat(forecast.get("coreset").get("price").asDouble())
        .isCloseTo(seconds, within(1e-9 * seconds));
    assertThat(forecast.get("coreset").get("kilowattHours").asDouble())
        .isCloseTo(seconds, within(1e-9 * seconds));
    assertThat(forecast.get("microBatch").get("batch").asInt()).isEqualTo(32);
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void whatARunHasDone_costsNothing_andStaysAsItIs() {
    String store = folder.resolve("store").toString();
    assertThat(winnow("run", "--until", "prune", "--store", store).code()).isEqualTo(ExitCode.DONE);
    seedOfAnEarlierVersion(folder.resolve("run/run.json"));
    Map<String, Long> before = files();
    JsonNode forecast = Json.parse(winnow("plan", "--json").out(), JsonNode.class);
    Map<String, JsonNode> own = stages(forecast.get("coreset"));
    assertThat(states(own, "DONE")).isEqualTo("encode encoder prune score");
    assertThat(own.get("encode").get("seconds").asDouble()).isZero();
    assertThat(files()).isEqualTo(before);

    Path other = folder.resolve("other");
    CliRun text = winnow(other, "plan", "--store", store);
    assertThat(text.code()).as(text.err()).isEqualTo(ExitCode.DONE);
    assertThat(text.out()).containsPattern("encoder +in store").containsPattern("score +in store");
    assertThat(text.out()).contains("micro-batch: ").doesNotContain("price").doesNotContain("kWh");
    assertThat(other).doesNotExist();
  }

  @Test
  void sweep_isCountedByCell_andByStage() {
    AtomicFile.writeString(folder.resolve("mini.yaml"), MiniRecipe.RUN);
    Path sweep = folder.resolve("sweep.yaml");
    AtomicFile.writeString(
        sweep,
        """
        name: tiny
        base: mini.yaml
        set: {reweight.enabled: false}
        axes: {prune.ratio: [0.3, 0.6]}
        """);
    Path out = folder.resolve("out");
    CliRun text = CliRun.of("plan", sweep.toString(), "--out", out.toString(), "--rate", "2");
    assertThat(text.code()).as(text.err()).isEqualTo(ExitCode.DONE);
    assertThat(text.out())
        .startsWith("tiny: 0 runs done, 2 to run; forecast, tried in ")
        .containsPattern("cell +seeds +images +time +memory +disk +price\n")
        .containsPattern("train +12 +360 ") // 2 epochs of 60 and of 120 images
        .containsPattern("encoder +7 +200 ")
        .containsPattern("0\\.3 +0 +560 ")
        .containsPattern("\n +all +[\\d,]+ ")
        .doesNotContain("kWh");
    assertThat(out).doesNotExist();
    CliRun store = CliRun.of("plan", sweep.toString(), "--store", out.toString());
    assertThat(store.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(store.err()).contains("a sweep has its store in its own folder");
  }

  /** Two selections at once: one rung of five seeds, real runs, stopped in the fourth of them. */
  @Test
  void budget_searchesByRealRuns_andTheSameCommandGoesOn() {
    AtomicFile.writeString(folder.resolve("mini.yaml"), MiniRecipe.RUN);
    Path out = folder.resolve("search");
    String[] command = {
      "plan",
      folder.resolve("mini.yaml").toString(),
      "--out",
      out.toString(),
      "--budget",
      "1h",
      "--methods",
      "uniform",
      "--ratios",
      "0.6",
      "--set",
      "reweight.enabled=false"
    };
    Path fourth = out.resolve("runs/4-moderate-30/1/run.json");
    CliRun stopped = CliRun.until(() -> Files.exists(fourth), command);
    assertThat(stopped.code()).as(stopped.err()).isEqualTo(ExitCode.RESUMABLE);
    CliRun text = CliRun.of(command);
    assertThat(text.code()).as(text.err()).isEqualTo(ExitCode.DONE);
    assertThat(text.err())
        .contains("rung 1 of 1: 2 selections, 4 updates")
        .doesNotContain("trying");
    assertThat(text.out())
        .startsWith("mini: search, ")
        .contains("4 updates, seeds 0 1 2 3 4; distance over that of the best")
        .containsPattern("\\n  (uniform-60|moderate-30) +1\\.0000\\n")
        .containsPattern("(best|cannot tell): .* interval 0\\.\\d+ to [01]\\.\\d+");
    assertThat(out.resolve("runs/4-uniform-60/4/report.html")).exists();
    List<String> again = new ArrayList<>(List.of(command));
    again.add("--json");
    CliRun json = CliRun.of(again.toArray(new String[0]));
    JsonNode found = Json.parse(json.out(), JsonNode.class);
    assertThat(json.err()).doesNotContain("begins");
    assertThat(text.out()).contains(": " + found.get("best").asText() + " over ");
    assertThat(found.get("verdict").get("seeds")).hasSize(5);
    assertThat(found.get("spentSeconds").asDouble()).isBetween(0.5, 600.0);
  }

  @Test
  void mistakesOfASearch_areTold() {
    assertThat(winnow("plan", "--budget", "6").err())
        .contains("--budget 6: expected a time such as 6h, 90m or 45s.");
    assertThat(winnow("plan", "--methods", "uniform").err())
        .contains("--methods, --ratios: are of a search; expected --budget TIME");
    assertThat(winnow("plan", "--budget", "1h", "--rate", "2").err())
        .contains("expected no --store, --rate or --watts beside it");
    CliRun method = winnow("plan", "--budget", "1h", "--methods", "modrate");
    assertThat(method.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(method.err()).contains("prune.method").contains("moderate").doesNotContain("trying");
    CliRun little = winnow("plan", "--budget", "1s", "--set", "reweight.enabled=false");
    assertThat(little.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(little.err()).contains("--budget: 1 s are too few for a search over 11 selections");
  }

  @Test
  void mistakes_areToldBeforeAnythingIsTried() {
    CliRun rate = winnow("plan", "--rate", "-1");
    assertThat(rate.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(rate.err()).contains("--rate: -1.0; expected 0 or more").doesNotContain("trying");
    assertThat(CliRun.of("plan", "nowhere.yaml").code()).isEqualTo(ExitCode.MISTAKE);
    CliRun sampler = winnow("plan", "--set", "model.classes=none");
    assertThat(sampler.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(sampler.err()).contains("sample.guidanceWeight").doesNotContain("trying");
  }
}
