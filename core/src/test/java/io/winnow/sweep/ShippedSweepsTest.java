package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.pipeline.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sweep files of this repository. */
class ShippedSweepsTest {
  /** Cells and runs of every file. */
  private static final Map<String, List<Integer>> SIZES =
      Map.of(
          "sweeps/table1", List.of(69, 207),
          "sweeps/table2", List.of(22, 66),
          "sweeps/table3", List.of(13, 13),
          "sweeps/table4", List.of(13, 39),
          "sweeps/table5", List.of(13, 39),
          "sweeps/fig2", List.of(4, 12),
          "table1-cpu", List.of(16, 28),
          "table2-cpu", List.of(10, 30),
          "longtail-cpu", List.of(7, 21),
          "planted-cpu", List.of(7, 21));

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

  private static boolean isSweep(Path file) {
    try {
      return Files.readString(file).lines().anyMatch(line -> line.startsWith("base: "));
    } catch (IOException e) {
      throw new AssertionError(file.toString(), e);
    }
  }

  /**
   * Every cell is read as a recipe and differs from all others: {@link Sweep#read} refuses else.
   */
  @Test
  void everySweep_reads_hasItsCells_andIsNamedLikeItsFile() throws IOException {
    Map<String, List<Integer>> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder())) {
      for (Path file : all.filter(f -> f.toString().endsWith(".yaml") && isSweep(f)).toList()) {
        Sweep sweep = Sweep.read(file, List.of());
        String name = folder().relativize(file).toString().replace('\\', '/').replace(".yaml", "");
        found.put(name, List.of(sweep.cells().size(), sweep.runs().size()));
        assertThat(name).endsWith(sweep.name());
        assertThat(SweepPlan.of(sweep, new SweepLayout(Path.of("none"))).text())
            .startsWith(sweep.name() + ": " + sweep.runs().size() + " runs of ");
      }
    }
    assertThat(found).isEqualTo(new TreeMap<>(SIZES));
  }

  /** Who is compared with none is what others are compared with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sweeps/table1", "sweeps/table2", "sweeps/table3", "sweeps/table4", "sweeps/table5",
        "sweeps/fig2", "table1-cpu", "table2-cpu", "longtail-cpu", "planted-cpu"
      })
  void everyCell_isComparedWithAnother_orOthersWithIt(String name) {
    Sweep sweep = Sweep.read(file(name), List.of());
    Set<String> bases = new TreeSet<>();
    Set<String> alone = new TreeSet<>();
    for (Cell cell : sweep.cells()) {
      Cell against = sweep.against(cell);
      (against == null ? alone : bases).add(against == null ? cell.label() : against.label());
    }
    assertThat(bases).isNotEmpty().isEqualTo(alone);
  }

  /** Recipes of one folder by what they resolve to, their name aside. */
  private static Map<String, String> recipes(String of, String base) throws IOException {
    Map<String, String> recipes = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder().resolve(of))) {
      for (Path file : all.toList()) {
        recipes.put(nameless(Recipe.read(file, List.of()).yaml()), file.getFileName().toString());
      }
    }
    recipes.put(nameless(Recipe.read(file(base), List.of()).yaml()), base + ".yaml");
    return recipes;
  }

  private static String nameless(String yaml) {
    return yaml.lines()
        .filter(line -> !line.startsWith("name: "))
        .collect(Collectors.joining("\n"));
  }

  /** The rows of a table are those that its recipes are tested to be. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "table1 cifar10-full", "table2 cifar10-full",
        "table4 imagenet-mdt-s", "table5 imagenette-sd14"
      })
  void cellsOfATable_areItsRecipes(String tableAndBase) throws IOException {
    String[] names = tableAndBase.split(" ", -1);
    Map<String, String> recipes = recipes(names[0], names[1]);
    Set<String> met = new TreeSet<>();
    Sweep sweep = Sweep.read(file("sweeps/" + names[0]), List.of());
    for (Cell cell : sweep.cells()) {
      String yaml = nameless(sweep.recipe(new SweepRun(cell.label(), 0)).yaml());
      if (!cell.label().equals("infobatch")) { // for which there is no recipe
        assertThat(recipes).as(cell.label()).containsKey(yaml);
        met.add(recipes.get(yaml));
      }
    }
    assertThat(met).containsExactlyInAnyOrderElementsOf(recipes.values());
  }

  @Test
  void smallTable_hasThreeSeedsAtTenPerCent_andEqualUpdates() {
    Sweep sweep = Sweep.read(file("table1-cpu"), List.of());
    for (Cell cell : sweep.cells()) {
      boolean three = cell.label().contains("-10-") || cell.label().equals("full");
      assertThat(cell.seeds()).as(cell.label()).hasSize(three ? 3 : 1);
      Recipe recipe = sweep.recipe(new SweepRun(cell.label(), 0)).value();
      assertThat(recipe.train().steps()).isEqualTo(6000);
      assertThat(recipe.prune().ratio())
          .isEqualTo(cell.at().isEmpty() ? 1 : Integer.parseInt(cell.at().get("share")) / 100.0);
      assertThat(recipe.reweight().enabled()).isEqualTo(cell.label().endsWith("-reweighted"));
    }
  }

  @Test
  void longTail_comparesLearntWeightsWithInverseFrequency_bothWays() {
    Sweep sweep = Sweep.read(file("longtail-cpu"), List.of());
    assertThat(sweep.cells().stream().map(Cell::label))
        .containsExactly(
            "unweighted-loss",
            "learnt-loss",
            "learnt-sampling",
            "learnt-eta-1-loss",
            "learnt-eta-1-sampling",
            "inverse-frequency-loss",
            "inverse-frequency-sampling");
    for (Cell cell : sweep.cells()) {
      Recipe recipe = sweep.recipe(new SweepRun(cell.label(), 0)).value();
      assertThat(recipe.prune().ratio()).isEqualTo(1);
      assertThat(recipe.evaluate().reference()).isEqualTo("data/cifar10");
      assertThat(recipe.dataset().path()).isEqualTo("data/cifar10-lt.zip");
    }
  }
}
