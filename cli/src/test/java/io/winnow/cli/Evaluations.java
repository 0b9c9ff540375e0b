package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls of {@code evaluate} and {@code encode} with the smallest encoder, and what they printed.
 */
final class Evaluations {
  static final String ENCODER = "resnet20-cifar";

  private Evaluations() {}

  /** Compares two sets; drawn weights are made in the folder unless they are there. */
  static CliRun evaluate(Path folder, Object samples, Object reference, String... more) {
    List<String> args = new ArrayList<>(List.of("evaluate", samples.toString()));
    args.addAll(List.of("--reference", reference.toString()));
    args.addAll(List.of("--encoder", ENCODER, "--threads", "1", "--weights", weights(folder)));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(String[]::new));
  }

  /** Features of a set, in a folder of that name. */
  static Path encode(Path folder, Path set, String name) {
    Path features = folder.resolve(name);
    CliRun run =
        CliRun.of(
            "encode",
            set.toString(),
            "--encoder",
            ENCODER,
            "--weights",
            weights(folder),
            "--out",
            features.toString());
    assertThat(run.code()).as(run.err()).isZero();
    return features;
  }

  static String weights(Path folder) {
    Path weights = folder.resolve("resnet20.safetensors");
    if (!Files.exists(weights)) {
      SmallSets.weights(weights, 20);
    }
    return weights.toString();
  }

  static JsonNode json(CliRun run) throws Exception {
    assertThat(run.code()).as(run.err()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  /** The pooled value of that name. */
  static JsonNode metric(JsonNode outcome, String name) {
    for (JsonNode metric : outcome.get("metrics")) {
      if (metric.get("name").asText().equals(name) && metric.get("label").isNull()) {
        return metric;
      }
    }
    throw new AssertionError(name + " is not among " + outcome.get("metrics"));
  }

  /** The message of a call that was the user's mistake. */
  static String mistake(CliRun run) {
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).doesNotContain("at io.winnow");
    return run.err();
  }
}
