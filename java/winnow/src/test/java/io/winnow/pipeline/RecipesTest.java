package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.StrictYaml;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The recipes of this repository are what their comments say. */
class RecipesTest {
  private static final int CIFAR10 = 50_000;

  /** The folder of the recipes, above the module. */
  private static Path folder() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("recipes"))) {
      at = at.getParent();
    }
    return at.resolve("recipes");
  }

  private static Recipe read(String name) {
    return Recipe.read(folder().resolve(name + ".yaml"), List.of()).value();
  }

  @TestFactory
  Stream<DynamicTest> everyRecipe_isValid_andNamedLikeItsFile() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder())) {
      files = all.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(15);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(),
                    () -> {
                      StrictYaml.Resolved<Recipe> read = Recipe.read(file, List.of());
                      assertThat(read.value().name() + ".yaml")
                          .isEqualTo(file.getFileName().toString());
                    }));
  }

  @Test
  void paperRecipes_haveThePaperSettings_andTheStatedSteps() {
    for (String method : List.of("moderate", "gaussian", "uniform")) {
      for (int percent : new int[] {10, 20, 30, 40}) {
        Recipe recipe = read("cifar10-" + method + "-" + percent);
        int kept = CIFAR10 * percent / 100;
        assertThat(recipe.prune().ratio()).isEqualTo(percent / 100.0);
        assertThat(recipe.train().batch()).isEqualTo(512);
        assertThat(recipe.train().learningRate()).isEqualTo(4e-4);
        assertThat(recipe.train().warmupEpochs()).isEqualTo(13);
        assertThat(recipe.train().ema()).isEqualTo(0.9999);
        assertThat(recipe.sample().guidanceWeight()).isEqualTo(0.3);
        assertThat(recipe.sample().count()).isEqualTo(50_000);
        assertThat(recipe.sample().sampler()).isEqualTo(SamplerConfig.paper());
        assertThat(updates(recipe, kept)).isEqualTo(2000L * ((kept + 511) / 512));
      }
    }
    assertThat(updates(read("cifar10-moderate-10"), 5000)).isEqualTo(20_000);
    assertThat(updates(read("cifar10-full"), CIFAR10)).isEqualTo(196_000);
  }

  private static long updates(Recipe recipe, int kept) {
    int batch = recipe.train().batch();
    return (long) recipe.train().epochs() * ((kept + batch - 1) / batch);
  }

  @Test
  void paperModel_isThePublishedNetwork_with35751939Parameters() {
    UNet2dConfig config = Networks.unet(read("cifar10-moderate-10").model(), 32, 32, 10);
    assertThat(config).isEqualTo(UNet2dConfig.ddpmCifar10(10));
    assertThat(new UNet2d(config).parameterCount()).isEqualTo(35_751_939);
  }

  @Test
  void smallModel_hasAboutAMillionParameters() {
    UNet2dConfig config = Networks.unet(read("shapes").model(), 16, 16, 10);
    assertThat(new UNet2d(config).parameterCount()).isBetween(1_000_000L, 1_300_000L);
  }
}
