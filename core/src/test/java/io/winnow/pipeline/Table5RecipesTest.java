package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.data.PromptsConfig;
import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.Parameterization;
import io.winnow.model.StableDiffusionModelConfig;
import io.winnow.optim.EmaRule;
import io.winnow.optim.OptimizerConfig;
import io.winnow.train.TrainConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The recipes of Stable Diffusion are what the table of its settings says. */
class Table5RecipesTest {
  private static final int IMAGENETTE = 9469;
  private static final String BASE = "imagenette-sd14";

  /** A line of {@code table5-recipes.csv}. */
  private record Row(
      String file,
      String method,
      String encoder,
      String weights,
      double ratio,
      int kept,
      long updates) {
    static Row of(String line) {
      String[] cells = line.split(",", -1);
      return new Row(
          cells[0],
          cells[1],
          cells[2],
          cells[3],
          Double.parseDouble(cells[4]),
          Integer.parseInt(cells[5]),
          Long.parseLong(cells[6]));
    }
  }

  private static List<Row> rows() throws IOException {
    try (InputStream in = Table5RecipesTest.class.getResourceAsStream("table5-recipes.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(Row::of)
          .toList();
    }
  }

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

  @Test
  void recipesAndTable_haveTheSameRows() throws IOException {
    try (Stream<Path> files = Files.list(folder().resolve("table5"))) {
      TreeSet<String> names =
          files
              .map(f -> "table5/" + f.getFileName().toString().replace(".yaml", ""))
              .collect(Collectors.toCollection(TreeSet::new));
      names.add(BASE);
      assertThat(rows().stream().map(Row::file)).containsExactlyInAnyOrderElementsOf(names);
    }
    assertThat(rows()).hasSize(1 + 3 * 2);
  }

  @TestFactory
  Stream<DynamicTest> everyRow_hasTheSettingsOfTheTable() throws IOException {
    return rows().stream().map(row -> DynamicTest.dynamicTest(row.file(), () -> requireRow(row)));
  }

  private static void requireRow(Row row) throws IOException {
    Recipe recipe = read(row.file());
    assertThat(recipe.encode().encoder()).isEqualTo(row.encoder());
    assertThat(recipe.encode().weights()).isEqualTo(row.weights());
    assertThat(Recipe.read(folder().resolve(row.file() + ".yaml"), List.of()).yaml())
        .contains("method: " + row.method())
        .contains("ratio: " + row.ratio());
    assertThat(row.kept()).isEqualTo((int) Math.round(row.ratio() * IMAGENETTE));
    long perEpoch = (row.kept() + recipe.train().batch() - 1L) / recipe.train().batch();
    assertThat(recipe.train().epochs() * perEpoch).isEqualTo(row.updates());
    List<String> lines = Files.readAllLines(folder().resolve(row.file() + ".yaml"));
    String comment =
        lines.stream().takeWhile(line -> line.startsWith("#")).collect(Collectors.joining(" "));
    assertThat(comment)
        .startsWith("# Table V")
        .contains(String.format(Locale.ROOT, "%,d images", row.kept()))
        .contains(String.format(Locale.ROOT, "%,d updates", row.updates()));
    if (!row.file().equals(BASE)) {
      assertThat(lines).hasSizeLessThanOrEqualTo(5).contains("extends: ../" + BASE + ".yaml");
      assertThat(recipe.train()).isEqualTo(read(BASE).train());
      assertThat(recipe.model()).isEqualTo(read(BASE).model());
      assertThat(recipe.sample()).isEqualTo(read(BASE).sample());
      assertThat(recipe.prompts()).isEqualTo(read(BASE).prompts());
      assertThat(recipe.latents()).isEqualTo(read(BASE).latents());
    }
  }

  /** Section 8 of the specification, and what the paper states. */
  @Test
  void base_hasTheSettingsOfFineTuning() {
    Recipe base = read(BASE);
    TrainConfig train = base.train();
    assertThat(train.epochs()).isEqualTo(50);
    assertThat(train.learningRate()).isEqualTo(1e-5);
    assertThat(train.warmupEpochs()).isZero();
    assertThat(train.optimizer()).isEqualTo(new OptimizerConfig.Decoupled(0.9, 0.999, 1e-8, 0.01));
    assertThat(train.gradientClip()).isEqualTo(1.0);
    assertThat(train.ema()).isEqualTo(0.9999);
    assertThat(train.emaRule()).isEqualTo(EmaRule.EARLY);
    assertThat(train.flip()).isTrue();
    assertThat(train.minSnr()).isNull();
    assertThat(train.parameterization()).isEqualTo(Parameterization.EPS);
    StableDiffusionModelConfig model = (StableDiffusionModelConfig) base.model();
    assertThat(model.from()).isEqualTo(base.latents().vae());
    assertThat(model.labelDropout()).isZero();
    assertThat(model.checkpointing()).isTrue();
    assertThat(base.dataset().size()).isEqualTo(256);
    assertThat(base.prompts().template()).isEqualTo(PromptsConfig.DEFAULT.template());
    assertThat(base.reweight().enabled()).isFalse();
    assertThat(base.sample().sampler().steps()).isEqualTo(50);
    assertThat(base.sample().sampler().eta()).isZero();
    assertThat(base.sample().guidance()).isEqualTo(GuidanceStrength.ofScale(5));
    assertThat(base.sample().count()).isEqualTo(50_000);
  }

  @Test
  void names_areThoseOfEveryClass() throws IOException {
    List<String> lines =
        Files.readAllLines(folder().resolve("imagenette-names.txt")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertThat(lines).hasSize(10).allMatch(line -> line.matches("n\\d{8} [A-Za-z ]+"));
    assertThat(lines.get(5)).isEqualTo("n03394916 French horn");
  }
}
