package io.winnow.sweep;

import io.winnow.config.Given;
import io.winnow.config.StrictYaml;
import io.winnow.config.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From axes to cells: every combination that is not excluded, and the cells beside the axes. */
final class Cells {
  private static final String CELL = "cell";
  private static final String SEED = "seed";

  private final StrictYaml.Resolved<SweepConfig> file;
  private final SweepConfig config;
  private final List<String> problems;
  private final Map<String, Set<String>> labels = new LinkedHashMap<>();

  /**
   * @param problems gets what is wrong, each with its place
   */
  Cells(StrictYaml.Resolved<SweepConfig> file, List<String> problems) {
    this.file = file;
    this.config = file.value();
    this.problems = problems;
  }

  List<Cell> all() {
    List<Cell> cells = new ArrayList<>();
    if (!config.axes().isEmpty()) {
      cells.add(new Cell("", Map.of(), config.seeds(), List.of(config.set())));
    }
    for (Map.Entry<String, Given> axis : config.axes().entrySet()) {
      Map<String, Map<String, Given>> values = values(axis.getKey(), axis.getValue());
      labels.put(axis.getKey(), values.keySet());
      List<Cell> longer = new ArrayList<>();
      for (Cell cell : cells) {
        values.forEach((label, sets) -> longer.add(cell.on(axis.getKey(), label, sets)));
      }
      cells = longer;
    }
    for (Map.Entry<String, Map<String, Given>> beside : config.cells().entrySet()) {
      String path = "cells." + beside.getKey();
      requireLabel(file.where(path).replace(" " + path, ""), "cells", beside.getKey());
      List<Map<String, Given>> given = List.of(config.set(), beside.getValue());
      cells.add(new Cell(beside.getKey(), Map.of(), config.seeds(), given));
    }
    requireNames(cells);
    return remaining(cells);
  }

  /** What every label of an axis sets. */
  private Map<String, Map<String, Given>> values(String axis, Given given) {
    Map<String, Map<String, Given>> values = new LinkedHashMap<>();
    String path = "axes." + axis;
    if (axis.equals(SEED) || axis.equals(CELL) || axis.equals("name")) {
      problem(given, path, "no axis; expected a key of the recipe or a name. " + instead(axis));
      return values;
    }
    if (given.isList()) {
      for (Given value : given.items()) {
        if (values.put(Labels.of(value.text()), Map.of(axis, value)) != null) {
          problem(
              value,
              path,
              value.text() + " is there twice; expected every value once. Take one out.");
        }
      }
    } else if (given.isSection()) {
      given.entries().forEach((label, sets) -> values.put(label, sets(path + "." + label, sets)));
      given.entries().forEach((label, at) -> requireLabel(at.where(), path, label));
    } else {
      problem(
          given,
          path,
          given.text() + "; expected a list of values, or labels with what each sets.");
    }
    if (values.isEmpty() && (given.isList() || given.isSection())) {
      problem(
          given,
          path,
          "has no values; expected one at least. Take the axis out, or give it values.");
    }
    return values;
  }

  private static String instead(String axis) {
    return axis.equals(SEED)
        ? "Write seeds: [0, 1, 2]; the table is over them."
        : "Call it otherwise.";
  }

  private Map<String, Given> sets(String path, Given given) {
    if (!given.isSection()) {
      problem(
          given, path, given.text() + "; expected keys of the recipe with values, or {} for none.");
    }
    return given.entries();
  }

  private void requireLabel(String where, String path, String label) {
    if (!Labels.valid(label)) {
      problems.add(
          where
              + " "
              + path
              + "."
              + label
              + ": no label; expected letters, digits, '.', '_' and '-', as it names a folder.");
    }
  }

  private void requireNames(List<Cell> cells) {
    Set<String> names = new LinkedHashSet<>();
    for (Cell cell : cells) {
      if (!names.add(cell.label())) {
        problems.add(
            file.where("name").replaceFirst(":.*", "")
                + ": two cells are called "
                + cell.label()
                + "; expected names that differ. Call a label otherwise.");
      }
    }
    labels.put(CELL, names);
    Set<String> seeds = new LinkedHashSet<>();
    config.seeds().forEach(seed -> seeds.add(seed.toString()));
    labels.put(SEED, seeds);
  }

  private List<Cell> remaining(List<Cell> cells) {
    for (int i = 0; i < config.exclude().size(); i++) {
      requireKnown("exclude[" + i + "]", config.exclude().get(i));
    }
    return cells.stream()
        .map(cell -> cell.withSeeds(cell.seeds().stream().filter(s -> stays(cell, s)).toList()))
        .filter(cell -> !cell.seeds().isEmpty())
        .toList();
  }

  private boolean stays(Cell cell, long seed) {
    Map<String, String> at = new LinkedHashMap<>(cell.at());
    at.put(CELL, cell.label());
    at.put(SEED, Long.toString(seed));
    return config.exclude().stream()
        .noneMatch(
            rule ->
                rule.entrySet().stream()
                    .allMatch(e -> texts(e.getValue()).contains(at.get(e.getKey()))));
  }

  private static List<String> texts(Given given) {
    return given.items().stream().map(value -> Labels.of(value.text())).toList();
  }

  private void requireKnown(String path, Map<String, Given> rule) {
    rule.forEach(
        (axis, given) -> {
          if (!labels.containsKey(axis)) {
            unknown(path + "." + axis, "unknown axis", axis, labels.keySet());
            return;
          }
          for (String label : texts(given)) {
            if (!labels.get(axis).contains(label)) {
              unknown(path + "." + axis, "unknown label " + label, label, labels.get(axis));
            }
          }
        });
    if (rule.isEmpty()) {
      problem(path, "empty, which would leave everything out; expected {AXIS: LABEL}.");
    }
  }

  /** Refuses to compare with a place on the axes that is none. */
  void requireAgainst() {
    Set<String> axes = config.axes().keySet();
    config
        .against()
        .forEach(
            (axis, given) -> {
              if (!axes.contains(axis)) {
                unknown("against." + axis, "unknown axis", axis, axes);
              } else if (!labels.get(axis).contains(Labels.of(given.text()))) {
                unknown(
                    "against." + axis,
                    "unknown label " + given.text(),
                    given.text(),
                    labels.get(axis));
              }
            });
  }

  /** Refuses published values of cells that are not there. */
  void requirePaper() {
    config
        .paper()
        .forEach(
            (metric, values) ->
                values.keySet().stream()
                    .filter(cell -> !labels.get(CELL).contains(cell))
                    .forEach(
                        cell ->
                            unknown(
                                "paper." + metric + "." + cell,
                                "unknown cell",
                                cell,
                                labels.get(CELL))));
  }

  private void unknown(String path, String what, String word, Set<String> known) {
    problem(
        path,
        what
            + "."
            + Suggestion.nearest(word, List.copyOf(known))
                .map(name -> " Did you mean " + name + "?")
                .orElse(" Known: " + String.join(", ", known) + "."));
  }

  private void problem(String path, String message) {
    problems.add(file.where(path) + ": " + message);
  }

  private void problem(Given at, String path, String message) {
    problems.add(at.where() + " " + path + ": " + message);
  }
}
