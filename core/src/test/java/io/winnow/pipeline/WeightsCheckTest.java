package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.AtomicFile;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of encoders are opened where the stages up to the goal look through them. */
class WeightsCheckTest {
  private static final String BAD = "garbage.pth";

  @TempDir Path folder;

  @BeforeEach
  void files() {
    AtomicFile.writeString(folder.resolve(BAD), "no weights");
    try (Scope scope = Scope.open()) {
      Safetensors.write(
          folder.resolve("20.safetensors"), new AkamasterResNet(20, 10).state(), Map.of());
    }
  }

  private Recipe recipe(String weights, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.path=nowhere",
                "encode.encoder=resnet20-cifar",
                "encode.weights=" + (weights == null ? "train" : folder.resolve(weights))));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  private void refused(Stage until, Recipe recipe) {
    assertThatThrownBy(() -> WeightsCheck.check(recipe, until)).hasMessageContaining(BAD);
  }

  private static void passes(Stage until, Recipe recipe) {
    assertThatCode(() -> WeightsCheck.check(recipe, until)).doesNotThrowAnyException();
  }

  @Test
  void encoderOfTheRecipe_isOpenedWhereItIsLookedThrough() {
    refused(Stage.ENCODE, recipe(BAD));
    refused(Stage.PRUNE, recipe(BAD, "prune.method=moderate"));
    passes(Stage.SAMPLE, recipe(BAD, "prune.method=uniform"));
    passes(Stage.ENCODE, recipe("20.safetensors"));
    passes(Stage.EVALUATE, recipe("20.safetensors", "evaluate.metrics=[fd]"));
  }

  /** The judge, named or the first with weights of its own, as much as networks of a metric. */
  @Test
  void encodersOfTheEvaluation_areOpened_onlyWhereTheRunGetsThere() {
    String bad = "evaluate.weights={%s: " + folder.resolve(BAD) + "}";
    for (Recipe recipe :
        List.of(
            recipe("20.safetensors", "evaluate.metrics=[fd]", bad.formatted("resnet32-cifar")),
            recipe(
                "20.safetensors",
                "evaluate.metrics=[kid]",
                "evaluate.encoder=resnet20-cifar",
                bad.formatted("resnet20-cifar")),
            recipe("20.safetensors", "evaluate.metrics=[fid]", bad.formatted("fid-inception")))) {
      refused(Stage.EVALUATE, recipe);
      passes(Stage.SAMPLE, recipe);
    }
  }
}
