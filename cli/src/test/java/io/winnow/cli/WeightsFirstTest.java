package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.files.AtomicFile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wrong weights are refused before any image is read: no image here can be decoded, which every
 * command would say otherwise.
 */
class WeightsFirstTest {
  @TempDir Path folder;
  private String images;

  @BeforeEach
  void brokenImages() {
    for (String name : List.of("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")) {
      AtomicFile.writeString(folder.resolve("images").resolve(name), "no picture");
    }
    images = folder.resolve("images").toString();
    SmallSets.weights(folder.resolve("resnet20.safetensors"), 20);
    AtomicFile.writeString(folder.resolve("garbage.pth"), "no weights");
  }

  static Stream<Arguments> wrongWeights() {
    return Stream.of("encode", "evaluate", "prune", "run")
        .flatMap(
            command ->
                Stream.of(
                    Arguments.of(command, "missing.pth", "missing.pth: no such file of weights"),
                    Arguments.of(command, "garbage.pth", "garbage.pth: "),
                    Arguments.of(
                        command,
                        "resnet20.safetensors",
                        "resnet20.safetensors for encoder resnet32-cifar: ")));
  }

  @ParameterizedTest
  @MethodSource("wrongWeights")
  void weights_thatAreWrong_areRefusedBeforeTheImages(
      String command, String weights, String message) {
    CliRun run = run(command, "resnet32-cifar", folder.resolve(weights).toString());
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err())
        .contains(message)
        .doesNotContain("read images")
        .doesNotContain("decoded")
        .doesNotContain("are bad");
  }

  /** The images are only looked at once the weights are right. */
  @ParameterizedTest
  @MethodSource("commands")
  void weights_thatAreRight_leaveTheImagesToBeRefused(String command) {
    CliRun run = run(command, "resnet20-cifar", folder.resolve("resnet20.safetensors").toString());
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).containsPattern("4 of 4 images are bad|none of 4 images");
  }

  static Stream<String> commands() {
    return Stream.of("encode", "evaluate", "prune", "run");
  }

  private CliRun run(String command, String encoder, String weights) {
    String out = folder.resolve("out").toString();
    return switch (command) {
      case "encode" ->
          CliRun.of("encode", images, "--encoder", encoder, "--weights", weights, "--out", out);
      case "prune" ->
          CliRun.of("prune", images, "--encoder", encoder, "--weights", weights, "--out", out);
      case "evaluate" ->
          CliRun.of(
              "evaluate",
              images,
              "--reference",
              images,
              "--encoder",
              encoder,
              "--weights",
              weights);
      default -> {
        Path recipe = folder.resolve("recipe.yaml");
        AtomicFile.writeString(
            recipe,
            "dataset: {type: image-folder, path: '%s', split: ''}%nencode: {encoder: %s, weights: '%s'}%n"
                .formatted(images, encoder, weights));
        yield CliRun.of("run", recipe.toString(), "--out", out);
      }
    };
  }

  @Test
  void judge_ofARecipe_isCheckedBeforeTheImages_onlyWhereTheRunGetsThere() {
    String right = folder.resolve("resnet20.safetensors").toString();
    Path recipe = folder.resolve("recipe.yaml");
    AtomicFile.writeString(
        recipe,
        "dataset: {type: image-folder, path: '%s', split: ''}%nencode: {encoder: resnet20-cifar, weights: '%s'}%nevaluate: {metrics: [fid], weights: {fid-inception: '%s'}}%n"
            .formatted(images, right, right));
    String out = folder.resolve("out").toString();
    CliRun whole = CliRun.of("run", recipe.toString(), "--out", out);
    assertThat(whole.code()).isEqualTo(2);
    assertThat(whole.err()).contains("has no Mixed_7c").doesNotContain("are bad");
    CliRun part = CliRun.of("prune", recipe.toString(), "--out", out);
    assertThat(part.err()).contains("4 of 4 images are bad");
  }
}
