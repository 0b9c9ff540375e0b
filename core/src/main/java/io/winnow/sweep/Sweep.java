package io.winnow.sweep;

import io.winnow.config.ConfigException;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.config.YamlKeys;
import io.winnow.pipeline.Recipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A sweep file, read: its cells, every one of them a recipe that is valid.
 *
 * @see SweepConfig
 */
public final class Sweep {
  private final SweepConfig config;
  private final String yaml;
  private final Path base;
  private final List<Cell> all;
  private final List<Cell> cells;
  private final List<String> overrides;

  private Sweep(
      SweepConfig config,
      String yaml,
      Path base,
      List<Cell> all,
      List<Cell> cells,
      List<String> overrides) {
    this.config = config;
    this.yaml = yaml;
    this.base = base;
    this.all = all;
    this.cells = cells;
    this.overrides = overrides;
  }

  /**
   * Reads a sweep file and the recipe of every cell.
   *
   * @param overrides {@code a.b=value} each, for the recipes of all cells
   * @throws ConfigException with everything that is wrong
   */
  public static Sweep read(Path file, List<String> overrides) {
    StrictYaml.Resolved<SweepConfig> read = SweepConfig.read(file);
    Path base = file.resolveSibling(read.value().base());
    List<String> problems = new ArrayList<>();
    if (!Files.isRegularFile(base)) {
      problems.add(
          read.where("base")
              + ": "
              + read.value().base()
              + ": no such file; expected a recipe, relative to the sweep file.");
    }
    refuseOverrides(overrides, problems);
    Cells made = new Cells(read, problems);
    List<Cell> cells = made.all();
    made.requirePaper();
    made.requireAgainst();
    if (cells.isEmpty()) {
      problems.add(file + ": no cell is left; expected one at least. Exclude less.");
    }
    throwAny(problems);
    Sweep sweep = new Sweep(read.value(), read.yaml(), base, cells, cells, List.copyOf(overrides));
    sweep.requireRecipes(file, problems);
    throwAny(problems);
    return sweep;
  }

  /** Whether a YAML file is one of a sweep, and not of a recipe. */
  public static boolean isOne(Path file) {
    return YamlKeys.read(file).keySet().stream()
        .anyMatch(key -> key.matches("base|(axes|cells)\\b.*"));
  }

  private static void throwAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems.stream().distinct().toList());
    }
  }

  private static void refuseOverrides(List<String> overrides, List<String> problems) {
    for (String override : overrides) {
      String key = override.split("=", 2)[0].strip();
      if (key.equals("seed") || key.equals("name")) {
        problems.add(
            "--set "
                + override
                + ": "
                + key
                + " is the sweep's own for every run; expected another key. Its file has them.");
      }
    }
  }

  /** Every cell is a valid recipe, and no two are the same. */
  private void requireRecipes(Path file, List<String> problems) {
    Set<String> found = new LinkedHashSet<>();
    Map<String, String> byRecipe = new LinkedHashMap<>();
    for (Cell cell : cells) {
      try {
        String recipe = read(cell, "x", 0).yaml();
        String other = byRecipe.putIfAbsent(recipe, cell.label());
        if (other != null) {
          problems.add(
              file.getFileName()
                  + ": cells "
                  + other
                  + " and "
                  + cell.label()
                  + ": the same recipe twice; expected settings that differ. Exclude one of them.");
        }
      } catch (ConfigException e) {
        found.addAll(e.problems());
      }
    }
    problems.addAll(0, found);
  }

  private StrictYaml.Resolved<Recipe> read(Cell cell, String name, long seed) {
    List<String> sets = new ArrayList<>(overrides);
    sets.add("name=" + name);
    sets.add("seed=" + seed);
    return Recipe.read(base, cell.given(), sets);
  }

  /** Names the sweep and its folder. */
  public String name() {
    return config.name();
  }

  /** Its file with every default written out. */
  String yaml() {
    return yaml;
  }

  /** In the order of the file. */
  public List<Cell> cells() {
    return cells;
  }

  /** The cell of a label. */
  public Cell cell(String label) {
    return all.stream().filter(cell -> cell.label().equals(label)).findFirst().orElseThrow();
  }

  /**
   * What a cell is compared with: the first one at its place, which a cell beside the axes has on
   * those of {@code against} alone; null for that cell itself, and where there is none.
   */
  @OrNull
  Cell against(Cell cell) {
    Map<String, String> place = new LinkedHashMap<>(cell.at());
    config.against().forEach((axis, label) -> place.put(axis, Labels.of(label.text())));
    return (config.against().isEmpty()
            ? all.stream()
            : all.stream().filter(one -> isAt(one, place)))
        .findFirst()
        .filter(found -> !found.label().equals(cell.label()))
        .orElse(null);
  }

  private static boolean isAt(Cell cell, Map<String, String> place) {
    return cell.at().entrySet().containsAll(place.entrySet());
  }

  /** Names of the axes, in their order. */
  public List<String> axes() {
    return List.copyOf(config.axes().keySet());
  }

  /** The same sweep with the cells that {@link #only} left out. */
  Sweep whole() {
    return new Sweep(config, yaml, base, all, all, overrides);
  }

  /** All runs: every cell with its first seed, then with the next. */
  public List<SweepRun> runs() {
    return config.seeds().stream()
        .flatMap(
            seed ->
                cells.stream()
                    .filter(cell -> cell.seeds().contains(seed))
                    .map(cell -> new SweepRun(cell.label(), seed)))
        .toList();
  }

  /** The recipe of a run; its name is the cell's. */
  public StrictYaml.Resolved<Recipe> recipe(SweepRun run) {
    return read(cell(run.cell()), run.cell(), run.seed());
  }

  /** What the table shows. */
  List<Measure> measures() {
    return config.metrics().stream().map(Measure::of).toList();
  }

  /** Published values by cell, of a metric. */
  Map<String, Map<String, Double>> paper() {
    return config.paper();
  }

  /**
   * The same sweep with some of its cells.
   *
   * @param labels of cells; none for all
   * @throws IllegalArgumentException when there is no such cell
   */
  public Sweep only(List<String> labels) {
    if (labels.isEmpty()) {
      return this;
    }
    List<String> known = cells.stream().map(Cell::label).toList();
    for (String label : labels) {
      if (!known.contains(label)) {
        throw new IllegalArgumentException(
            "--cell "
                + label
                + ": no cell of "
                + name()
                + "; expected one of "
                + String.join(", ", known)
                + ".");
      }
    }
    List<Cell> some =
        cells.stream().filter(cell -> labels.contains(cell.label())).collect(Collectors.toList());
    return new Sweep(config, yaml, base, all, some, overrides);
  }
}
