package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.config.ConfigException;
import io.winnow.evaluate.MetricKind;
import io.winnow.files.AtomicFile;
import io.winnow.model.UNet2dModelConfig;
import io.winnow.optim.OptimizerConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
  @TempDir Path folder;

  private Path recipe(String text) {
    Path file = folder.resolve("recipe.yaml");
    AtomicFile.writeString(file, text);
    return file;
  }

  @Test
  void defaults_withAPath_areAWholeRecipe() {
    Recipe recipe = Recipe.read(recipe("dataset: {path: data}\n"), List.of()).value();
    assertThat(((UNet2dModelConfig) recipe.model()).multipliers()).containsExactly(1, 2, 2, 2);
    assertThat(recipe.evaluate().metrics()).contains(MetricKind.CLASS_FD);
    assertThat(recipe.train().epochs()).isEqualTo(2000);
  }

  @Test
  void resolvedText_readAgain_isTheSameRecipe() {
    var first = Recipe.read(recipe("dataset: {path: data}\n"), List.of("prune.ratio=0.2"));
    var second = Recipe.read(recipe(first.yaml()), List.of());
    assertThat(first.value().prune().ratio()).isEqualTo(0.2);
    assertThat(second.value()).isEqualTo(first.value());
    assertThat(second.sha256()).isEqualTo(first.sha256());
  }

  @Test
  void mistakes_areAllReported_withLineAndSuggestion() {
    Path file =
        recipe(
            """
            name: x
            dataset: {path: data}
            prune:
              raito: 0.1
              ratio: 10
            train: {epochs: many}
            """);
    assertThatThrownBy(() -> Recipe.read(file, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("recipe.yaml:4 prune.raito: unknown key. Did you mean prune.ratio?")
        .hasMessageContaining("recipe.yaml:5 prune.ratio")
        .hasMessageContaining("recipe.yaml:6 train.epochs");
  }

  @Test
  void unknownArchitecture_isRefused_withLineAndSuggestion() {
    Path file = recipe("dataset: {path: data}\nmodel:\n  type: unet2b\n  width: 64\n");
    assertThatThrownBy(() -> Recipe.read(file, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "recipe.yaml:3 model.type: \"unet2b\"; expected one of unet2d, mdt, stable-diffusion. Did"
                + " you mean unet2d?");
    assertThatThrownBy(() -> Recipe.read(recipe("dataset: {path: d}\n"), List.of("model.wdith=64")))
        .hasMessage("--set model.wdith: unknown key. Did you mean model.width?");
  }

  @Test
  void optimizer_takesTheKeysOfItsType_theRestByDefault() {
    Path file = recipe("dataset: {path: d}\n");
    assertThat(Recipe.read(file, List.of()).value().train().optimizer()).isNull();
    assertThat(Recipe.read(file, List.of("train.optimizer.type=sgd")).value().train().optimizer())
        .isEqualTo(new OptimizerConfig.Momentum(0.9, 0, false));
    List<String> adamw = List.of("train.optimizer={type: adamw, weightDecay: 0.01}");
    var resolved = Recipe.read(file, adamw);
    assertThat(resolved.value().train().optimizer())
        .isEqualTo(new OptimizerConfig.Decoupled(0.9, 0.999, 1e-8, 0.01));
    assertThat(Recipe.read(recipe(resolved.yaml()), List.of()).value()).isEqualTo(resolved.value());
  }

  @Test
  void optimizer_mistakes_areNamedWithASuggestion() {
    refused("{type: adamm}", "--set train.optimizer.type: \"adamm\"; expected one of adam, adamw,");
    refused("{type: adamm}", "Did you mean adam?");
    refused("{type: sgd, momentun: 0.8}", "unknown key. Did you mean train.optimizer.momentum?");
    refused(
        "{type: adam, momentum: 0.8}", "train.optimizer.momentum: unknown key. Known keys: type");
    refused("{type: sgd, momentum: 1}", "momentum is 1.0, but must be in [0, 1)");
    refused("{type: sgd, momentum: 0, nesterov: true}", "nesterov is true, but momentum is 0");
    refused("{type: sgd, weightDecay: -1}", "weightDecay is -1.0, but must be >= 0");
    refused("{type: adamw, eps: 0}", "eps is 0.0, but must be above 0");
    Path both = recipe("dataset: {path: d}\ntrain: {adam: {beta1: 0.5}, optimizer: {type: sgd}}\n");
    assertThatThrownBy(() -> Recipe.read(both, List.of()))
        .hasMessageStartingWith("recipe.yaml:2 train.adam: adam is given beside optimizer");
    assertThatThrownBy(
            () -> Recipe.read(recipe("dataset: {path: d}\n"), List.of("train.prediction=epss")))
        .hasMessageContaining("train.prediction")
        .hasMessageContaining("eps");
  }

  private void refused(String optimizer, String message) {
    assertThatThrownBy(
            () ->
                Recipe.read(
                    recipe("dataset: {path: d}\n"), List.of("train.optimizer=" + optimizer)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void missingPath_isShownWhereTheUserWrites_notInTheDefaults() {
    Path section = recipe("name: a\ndataset: {}\n");
    assertThatThrownBy(() -> Recipe.read(section, List.of()))
        .hasMessageStartingWith("recipe.yaml:2 dataset.path: path is missing");
    Path nothing = recipe("seed: 1\n");
    assertThatThrownBy(() -> Recipe.read(nothing, List.of()))
        .hasMessageStartingWith("recipe.yaml dataset.path: path is missing");
    assertThatThrownBy(() -> Recipe.read(folder, List.of()))
        .hasMessage(folder + ": a folder; expected a recipe, a YAML file.");
  }
}
