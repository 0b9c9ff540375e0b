package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.data.PromptsConfig;
import io.winnow.data.Resize;
import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.model.StableDiffusionModelConfig;
import io.winnow.model.mdt.Mdt;
import io.winnow.optim.EmaRule;
import io.winnow.optim.OptimizerConfig;
import io.winnow.reweight.Absent;
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

/** The recipes of Tables IV and V, on latents, are what the table of their settings says. */
class LatentRecipesTest {
  private static final String MDT = "imagenet-mdt-s";
  private static final String SD = "imagenette-sd14";

  /** A line of {@code latent-recipes.csv}. */
  private record Row(
      String file,
      String table,
      String method,
      String encoder,
      String weights,
      double ratio,
      boolean reweighted,
      int images,
      int kept,
      long updates,
      String fid) {
    static Row of(String line) {
      String[] cells = line.split(",", -1);
      return new Row(
          cells[0],
          cells[1],
          cells[2],
          cells[3],
          cells[4],
          Double.parseDouble(cells[5]),
          Boolean.parseBoolean(cells[6]),
          Integer.parseInt(cells[7]),
          Integer.parseInt(cells[8]),
          Long.parseLong(cells[9]),
          cells[10]);
    }

    String base() {
      return table.equals("IV") ? MDT : SD;
    }
  }

  private static List<Row> rows() throws IOException {
    try (InputStream in = LatentRecipesTest.class.getResourceAsStream("latent-recipes.csv")) {
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
    TreeSet<String> names = new TreeSet<>(List.of(MDT, SD));
    for (String table : List.of("table4", "table5")) {
      try (Stream<Path> files = Files.list(folder().resolve(table))) {
        files
            .map(f -> table + "/" + f.getFileName().toString().replace(".yaml", ""))
            .forEach(names::add);
      }
    }
    assertThat(rows().stream().map(Row::file)).containsExactlyInAnyOrderElementsOf(names);
    assertThat(rows()).hasSize(2 * (1 + 3 * 2 * 2));
  }

  @TestFactory
  Stream<DynamicTest> everyRow_hasTheSettingsOfTheTable() throws IOException {
    return rows().stream().map(row -> DynamicTest.dynamicTest(row.file(), () -> requireRow(row)));
  }

  private static void requireRow(Row row) throws IOException {
    Recipe recipe = read(row.file());
    assertThat(recipe.encode().encoder()).isEqualTo(row.encoder());
    assertThat(recipe.encode().weights()).isEqualTo(row.weights());
    assertThat(recipe.reweight().enabled()).isEqualTo(row.reweighted());
    assertThat(Recipe.read(folder().resolve(row.file() + ".yaml"), List.of()).yaml())
        .contains("method: " + row.method())
        .contains("ratio: " + row.ratio());
    assertThat(row.kept()).isEqualTo((int) Math.round(row.ratio() * row.images()));
    long perEpoch = (row.kept() + recipe.train().batch() - 1L) / recipe.train().batch();
    assertThat(recipe.train().epochs() * perEpoch).isEqualTo(row.updates());
    requireComment(row);
    if (!row.file().equals(row.base())) {
      requireNothingElse(recipe, read(row.base()));
    }
  }

  private static void requireComment(Row row) throws IOException {
    List<String> lines = Files.readAllLines(folder().resolve(row.file() + ".yaml"));
    String comment =
        lines.stream().takeWhile(line -> line.startsWith("#")).collect(Collectors.joining(" "));
    assertThat(comment)
        .startsWith("# Table " + row.table())
        .contains(String.format(Locale.ROOT, "%,d images", row.kept()))
        .contains(String.format(Locale.ROOT, "%,d updates", row.updates()))
        .contains(row.fid().isEmpty() ? "" : "FID " + row.fid());
    assertThat(comment.contains("reweighted")).isEqualTo(row.reweighted());
    if (!row.file().equals(row.base())) {
      String above = row.file().replaceAll("^table./", "").replace("-reweighted", "");
      assertThat(lines)
          .hasSizeLessThanOrEqualTo(5)
          .contains("extends: " + (row.reweighted() ? above : "../" + row.base()) + ".yaml");
    }
  }

  private static void requireNothingElse(Recipe recipe, Recipe base) {
    assertThat(recipe.dataset()).isEqualTo(base.dataset());
    assertThat(recipe.train()).isEqualTo(base.train());
    assertThat(recipe.model()).isEqualTo(base.model());
    assertThat(recipe.sample()).isEqualTo(base.sample());
    assertThat(recipe.prompts()).isEqualTo(base.prompts());
    assertThat(recipe.latents()).isEqualTo(base.latents());
    assertThat(recipe.evaluate()).isEqualTo(base.evaluate());
    assertThat(recipe.reweight().settings()).isEqualTo(base.reweight().settings());
    assertThat(recipe.reweight().proxy()).isEqualTo(base.reweight().proxy());
    assertThat(recipe.reweight().reference()).isEqualTo(base.reweight().reference());
  }

  /** What the paper states, and the script of MDT's version 2 for size S. */
  @Test
  void baseOfTableFour_hasTheSettingsOfMdt() {
    Recipe base = read(MDT);
    TrainConfig train = base.train();
    assertThat(train.epochs()).isEqualTo(60);
    assertThat(train.batch()).isEqualTo(256);
    assertThat(train.learningRate()).isEqualTo(5e-4);
    assertThat(train.warmupEpochs()).isZero();
    assertThat(train.optimizer())
        .isEqualTo(new OptimizerConfig.Nesterov(List.of(0.98, 0.92, 0.99), 1e-8, 0, 1.0));
    assertThat(train.gradientClip()).isNull();
    assertThat(train.ema()).isEqualTo(0.9999);
    assertThat(train.emaRule()).isEqualTo(EmaRule.CONSTANT);
    assertThat(train.minSnr()).isEqualTo(5.0);
    assertThat(train.flip()).isTrue();
    assertThat(train.parameterization()).isEqualTo(Parameterization.EPS);
    Mdt network = (Mdt) base.model().network(32, 32, 1000);
    assertThat(network.parameterCount()).isEqualTo(38_454_872);
    assertThat(network.config().maskRatio()).isEqualTo(0.3);
    assertThat(base.model().labelDropout()).isEqualTo(0.1);
    assertThat(base.reweight().enabled()).isFalse();
    assertThat(base.reweight().settings().absent()).isEqualTo(Absent.EMA);
    assertThat(base.reweight().proxy().epochs()).isEqualTo(6);
    assertThat(base.dataset().size()).isEqualTo(256);
    assertThat(base.dataset().resize()).isEqualTo(Resize.ADM);
    assertThat(base.sample().sampler().method()).isEqualTo(SamplerConfig.Method.IDDPM);
    assertThat(base.sample().sampler().steps()).isEqualTo(250);
    assertThat(base.sample().guidance().scale()).isEqualTo(3.8, within(1e-12));
    assertThat(base.sample().powerCosine()).isEqualTo(new SampleConfig.PowerCosine(4, 3));
    assertThat(base.sample().count()).isEqualTo(50_000);
  }

  /** Section 8 of the specification, and what the paper states. */
  @Test
  void baseOfTableFive_hasTheSettingsOfFineTuning() {
    Recipe base = read(SD);
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
