package io.winnow.cli;

import static io.winnow.cli.Evaluations.evaluate;
import static io.winnow.cli.Evaluations.json;
import static io.winnow.cli.Evaluations.metric;
import static io.winnow.cli.Evaluations.mistake;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateMemorisationTest {
  @TempDir Path folder;

  private Path set(String name, long seed) {
    return SmallSets.folder(folder.resolve(name), seed, 6, "cat", "dog");
  }

  private CliRun memorisation(Path samples, Path training, Path heldOut, String... more) {
    String[] args = {"--metrics", "memorisation", "--held-out", heldOut.toString()};
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return evaluate(folder, samples, training, all);
  }

  @Test
  void copies_areFound_andTheirPairsNamed() throws Exception {
    JsonNode outcome = json(memorisation(set("a", 1), set("a", 1), set("held", 2), "--json"));
    assertThat(metric(outcome, "nearest-training-distance@12").get("value").asDouble()).isZero();
    assertThat(metric(outcome, "closer-than-held-out@12").get("value").asDouble()).isEqualTo(1);
    JsonNode pair = outcome.get("memorisation").get("closest").get(0);
    assertThat(pair.get("sampleId")).isEqualTo(pair.get("trainingId"));
    assertThat(pair.get("samplePng").isNull()).isTrue();
    assertThat(outcome.get("heldOut").get("n").asInt()).isEqualTo(12);
    assertThat(metric(outcome, "nearest-training-distance-held-out@12").get("c").get("n").asInt())
        .isEqualTo(12);
  }

  @Test
  void tableAndPage_showDistancesAndClosestPairs() throws Exception {
    Path page = folder.resolve("page.html");
    CliRun run = memorisation(set("a", 1), set("b", 2), set("c", 3), "--html", page.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("to the nearest training image +images +closest +median")
        .containsPattern("held-out images +12 +[0-9.]+ +[0-9.]+")
        .containsPattern("closest samples +distance +training image")
        .contains("held out ");
    assertThat(Files.readString(page))
        .contains("Closest pairs: sample and nearest training image")
        .contains("chart-memorisation")
        .contains("data:image/png;base64");
  }

  @Test
  void features_inThePlaceOfImages_giveTheSameDistances_withoutPictures() throws Exception {
    Path samples = set("a", 1);
    Path training = set("b", 2);
    Path held = set("c", 3);
    Path page = folder.resolve("page.html");
    Path features = Evaluations.encode(folder, training, "features");
    JsonNode ofImages = json(memorisation(samples, training, held, "--json"));
    JsonNode ofFeatures =
        json(memorisation(samples, features, held, "--json", "--html", page.toString()));
    assertThat(ofFeatures.get("memorisation")).isEqualTo(ofImages.get("memorisation"));
    assertThat(Files.readString(page)).contains("Nearest training image").contains("dog/0");
  }

  @Test
  void heldOutImages_thatWereTrainedOn_areCounted() throws Exception {
    JsonNode outcome = json(memorisation(set("a", 1), set("b", 2), set("b", 2), "--json"));
    assertThat(outcome.get("warnings").toString())
        .contains("12 of 12 held-out images are files of the reference");
  }

  @Test
  void memorisation_withoutHeldOutImages_saysWhatToGive() {
    CliRun run = evaluate(folder, set("a", 1), set("b", 2), "--metrics", "memorisation");
    assertThat(mistake(run)).contains("no held-out images").contains("Give --held-out DATA");
  }

  @Test
  void heldOutImages_withoutMemorisation_areRefused() {
    CliRun run = evaluate(folder, set("a", 1), set("b", 2), "--held-out", folder.toString());
    assertThat(mistake(run)).contains("of use for memorisation alone");
  }
}
