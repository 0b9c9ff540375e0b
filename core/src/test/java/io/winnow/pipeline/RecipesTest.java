package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.diffusion.SamplerConfig;
import io.winnow.encode.EncodeConfig;
import io.winnow.evaluate.MetricKind;
import io.winnow.model.UNet2dModelConfig;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.optim.EmaRule;
import io.winnow.prune.PruneConfig;
import io.winnow.train.TrainConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The recipes of this repository are what the table of the paper's settings says. */
class RecipesTest {
  private static final int CIFAR10 = 50_000;
  private static final String BASE = "cifar10-full";

  /** Recipes that reproduce no row of the paper. */
  private static final Set<String> OTHERS =
      Set.of("shapes", "cifar10-cpu", "imagenette-mdt-cpu", "imagenette-sd-cpu");

  /** All that a row may set apart from the base. */
  private static final Set<String> ROW_KEYS =
      Set.of(
          "name",
          "encode.encoder",
          "encode.weights",
          "prune.method",
          "prune.ratio",
          "reweight.enabled",
          "train.anneal");

  /** The folder of the recipes, above the module. */
  private static Path folder() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("recipes"))) {
      at = at.getParent();
    }
    return at.resolve("recipes");
  }

  private static Path file(String name) {
    return folder().resolve(name + ".yaml");
  }

  private static Recipe read(String name) {
    return Recipe.read(file(name), List.of()).value();
  }

  /** Paths below the folder without their ending, such as table1/cifar10-uniform-10. */
  private static Set<String> names() throws IOException {
    try (Stream<Path> all = Files.walk(folder())) {
      return all.filter(f -> f.toString().endsWith(".yaml") && !isSweep(f))
          .map(f -> folder().relativize(f).toString().replace('\\', '/').replace(".yaml", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** Sweeps go over recipes and are none: ShippedSweepsTest. */
  private static boolean isSweep(Path file) {
    try {
      return Files.readString(file).lines().anyMatch(line -> line.startsWith("base: "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The table of settings: column by column name, for every file. */
  private static Map<String, Map<String, String>> table() throws IOException {
    List<String> lines;
    try (InputStream in = RecipesTest.class.getResourceAsStream("paper-recipes.csv")) {
      lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .toList();
    }
    String[] head = lines.get(0).split(",", -1);
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < head.length; i++) {
        row.put(head[i], cells[i]);
      }
      rows.put(cells[0], row);
    }
    return rows;
  }

  @Test
  void recipesAndTable_haveTheSameRows() throws IOException {
    Set<String> expected = new TreeSet<>(table().keySet());
    expected.addAll(OTHERS);
    Set<String> found = new TreeSet<>(names());
    found.removeIf(name -> name.matches(".*imagenet(te-sd14|-mdt-s).*")); // LatentRecipesTest
    assertThat(found).isEqualTo(expected);
    assertThat(table()).hasSize(1 + 4 + 2 * 4 * 4 * 2 + 4 + 2 * 4 * 2);
  }

  @TestFactory
  Stream<DynamicTest> everyRecipe_isValid_andNamedLikeItsFile() throws IOException {
    return names().stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () ->
                        assertThat(read(name).name())
                            .isEqualTo(file(name).getFileName().toString().replace(".yaml", ""))));
  }

  @TestFactory
  Stream<DynamicTest> everyRow_hasTheSettingsOfTheTable() throws IOException {
    return table().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> requireRow(e.getKey(), e.getValue())));
  }

  private static void requireRow(String name, Map<String, String> row) throws IOException {
    Recipe recipe = read(name);
    EncodeConfig encode = recipe.encode();
    assertThat(word(recipe.prune().method())).isEqualTo(row.get("method"));
    assertThat(recipe.prune().ratio()).isEqualTo(Double.parseDouble(row.get("ratio")));
    assertThat(encode.encoder()).isEqualTo(row.get("encoder"));
    assertThat(encode.weights()).isEqualTo(row.get("weights"));
    assertThat(recipe.reweight().enabled()).isEqualTo(Boolean.valueOf(row.get("reweighted")));
    assertThat(recipe.train().anneal())
        .isEqualTo(row.get("anneal").isEmpty() ? null : Double.valueOf(row.get("anneal")));
    assertThat(recipe.train().epochs()).isEqualTo(Integer.valueOf(row.get("epochs")));
    assertThat(recipe.evaluate().metrics().stream().map(MetricKind::slug))
        .containsExactly(row.get("metrics").split(" ", -1));
    int kept = Integer.parseInt(row.get("kept"));
    assertThat(kept).isEqualTo((int) Math.round(recipe.prune().ratio() * CIFAR10));
    assertThat(updates(recipe.train(), kept)).isEqualTo(Long.parseLong(row.get("updates")));
    requireWords(name, row, kept);
  }

  /** The comment on top says the table, the share, the number of images and of updates. */
  private static void requireWords(String name, Map<String, String> row, int kept)
      throws IOException {
    String comment =
        Files.readString(file(name))
            .lines()
            .takeWhile(line -> line.startsWith("#"))
            .collect(Collectors.joining(" "));
    assertThat(comment)
        .startsWith("# Table " + row.get("table") + (name.equals(BASE) ? " " : ", "))
        .contains(String.format(Locale.ROOT, "%,d images", kept))
        .contains(String.format(Locale.ROOT, "%,d updates", Long.parseLong(row.get("updates"))))
        .contains(row.get("fid").isEmpty() ? "" : "FID " + row.get("fid"));
    assertThat(comment.contains("reweighted")).isEqualTo(row.get("reweighted").equals("true"));
    assertThat(comment.contains("annealed")).isEqualTo(!row.get("anneal").isEmpty());
  }

  /** Epochs over the active set, the last short batch counted (2000 epochs: 0..1749 annealed). */
  private static long updates(TrainConfig train, int kept) {
    long coreset = (kept + train.batch() - 1L) / train.batch();
    long full = (CIFAR10 + train.batch() - 1L) / train.batch();
    long first =
        train.anneal() == null ? train.epochs() : Math.round(train.anneal() * train.epochs());
    return first * coreset + (train.epochs() - first) * full;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Test
  void everyRow_extendsTheBase_andChangesNothingButItsRow() throws IOException {
    Map<String, String> base = flat(Recipe.read(file(BASE), List.of()).yaml());
    for (String name : table().keySet()) {
      if (name.equals(BASE)) {
        continue;
      }
      Map<String, String> own = flat(Recipe.read(file(name), List.of()).yaml());
      assertThat(own.keySet()).isEqualTo(base.keySet());
      Set<String> changed = new TreeSet<>(own.keySet());
      changed.removeIf(key -> own.get(key).equals(base.get(key)));
      assertThat(ROW_KEYS).as(name).containsAll(changed);
      List<String> lines = Files.readString(file(name)).lines().toList();
      assertThat(lines).as(name).hasSizeLessThanOrEqualTo(6);
      assertThat(lines).as(name).anyMatch(line -> line.startsWith("extends: "));
    }
  }

  /** Printed YAML as path and value; items of lists by their position. */
  private static Map<String, String> flat(String yaml) {
    Map<String, String> flat = new LinkedHashMap<>();
    Deque<String> path = new ArrayDeque<>();
    for (String line : yaml.lines().toList()) {
      int indent = (line.length() - line.stripLeading().length()) / 2;
      while (path.size() > indent) {
        path.removeLast();
      }
      String text = line.strip();
      if (text.startsWith("- ")) {
        flat.merge(String.join(".", path), text, String::concat);
        continue;
      }
      int colon = text.indexOf(": ");
      path.addLast(colon < 0 ? text.replaceFirst(":$", "") : text.substring(0, colon));
      if (colon > 0) {
        flat.put(String.join(".", path), text.substring(colon + 2));
      }
    }
    return flat;
  }

  @Test
  void base_hasThePaperSettings() {
    Recipe base = read(BASE);
    TrainConfig train = base.train();
    assertThat(train.batch()).isEqualTo(512);
    assertThat(train.learningRate()).isEqualTo(4e-4);
    assertThat(train.warmupEpochs()).isEqualTo(13);
    assertThat(train.ema()).isEqualTo(0.9999);
    assertThat(train.emaRule()).isEqualTo(EmaRule.RAMP);
    assertThat(train.gradientClip()).isEqualTo(1.0);
    assertThat(train.flip()).isTrue();
    assertThat(train.annealWeights()).isEqualTo(TrainConfig.AnnealWeights.OFF);
    assertThat(((UNet2dModelConfig) base.model()).dropout()).isEqualTo(0.1);
    assertThat(base.model().labelDropout()).isEqualTo(0.1);
    assertThat(base.sample().guidanceWeight()).isEqualTo(0.3);
    assertThat(base.sample().count()).isEqualTo(50_000);
    assertThat(base.sample().sampler()).isEqualTo(SamplerConfig.paper());
    assertThat(word(base.sample().weights())).isEqualTo("ema");
    assertThat(base.evaluate().weights()).containsOnlyKeys("fid-inception");
    PruneConfig prune = base.prune();
    assertThat(List.of(word(prune.scope()), word(prune.fit()), word(prune.rule())))
        .containsExactly("class", "class", "percentile-strict");
    assertThat(List.of(word(prune.center()), word(prune.window())))
        .containsExactly("median", "band");
    assertThat(base.reweight().proxy().epochs()).isNull();
    assertThat(base.reweight().reference().epochs()).isNull();
    assertThat(base.reweight().reference().path()).isNull();
  }

  @Test
  void paperModel_isThePublishedNetwork_with35751939Parameters() {
    UNet2d network = (UNet2d) read(BASE).model().network(32, 32, 10);
    assertThat(network.config()).isEqualTo(UNet2dConfig.ddpmCifar10(10));
    assertThat(network.parameterCount()).isEqualTo(35_751_939);
  }

  @Test
  void smallModel_hasAQuarterOfAMillionParameters() {
    UNet2d network = (UNet2d) read("shapes").model().network(16, 16, 10);
    assertThat(network.parameterCount()).isBetween(250_000L, 290_000L);
  }

  @Test
  void readme_namesEveryFormOfRecipe() throws IOException {
    String text = Files.readString(folder().resolve("README.md"));
    List<String> named = new ArrayList<>();
    for (String name : names()) {
      named.add(
          name.replaceAll("^table2/.*-annealed$", "table2/...-annealed")
              .replaceAll("-(10|20|30|40)(?=$|-)", "-R")
              .replaceAll("(mdt-s|sd14)-(gaussian|moderate|uniform)", "$1-METHOD")
              .replaceAll("(gaussian|moderate)-(inception|resnet18|clip|ddae)", "SCORE-ENCODER"));
    }
    assertThat(named).allSatisfy(form -> assertThat(text).contains("`" + form + ".yaml`"));
  }
}
