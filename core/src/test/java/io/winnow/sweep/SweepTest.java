package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.config.ConfigException;
import io.winnow.files.AtomicFile;
import io.winnow.pipeline.Recipe;
import io.winnow.prune.Method;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a sweep file to the recipes of its runs. */
class SweepTest {
  @TempDir Path folder;
  private SmallSweep small;

  @BeforeEach
  void make() {
    small = new SmallSweep(folder);
  }

  private static List<String> labels(Sweep sweep) {
    return sweep.cells().stream().map(Cell::label).toList();
  }

  private static Recipe recipe(Sweep sweep, String cell, long seed) {
    return sweep.recipe(new SweepRun(cell, seed)).value();
  }

  private List<String> problems(String rest, String... overrides) {
    try {
      small.read(rest, overrides);
      return List.of();
    } catch (ConfigException e) {
      return e.problems();
    }
  }

  @Test
  void cells_areAllCombinations_theLastAxisFastest() {
    Sweep sweep = small.read("axes: {prune.ratio: [0.1, 0.2], prune.method: [uniform, moderate]}");
    assertThat(labels(sweep))
        .containsExactly("0.1-uniform", "0.1-moderate", "0.2-uniform", "0.2-moderate");
    Recipe recipe = recipe(sweep, "0.2-uniform", 0);
    assertThat(recipe.prune().ratio()).isEqualTo(0.2);
    assertThat(recipe.prune().method()).isEqualTo(Method.UNIFORM);
    assertThat(recipe.name()).isEqualTo("0.2-uniform");
    assertThat(recipe.train().steps()).isEqualTo(4); // of the base
  }

  @Test
  void labelledAxis_setsSeveralKeys_sectionsOverTheBase() {
    Sweep sweep =
        small.read(
            """
            seeds: [3, 5]
            set: {train.steps: 6}
            axes:
              selection:
                plain: {}
                drawn: {prune: {method: uniform}, train.steps: 7}
            """);
    assertThat(labels(sweep)).containsExactly("plain", "drawn");
    assertThat(recipe(sweep, "plain", 3).train().steps()).isEqualTo(6);
    assertThat(recipe(sweep, "drawn", 3).train().steps()).isEqualTo(7);
    assertThat(recipe(sweep, "drawn", 3).prune().method()).isEqualTo(Method.UNIFORM);
    assertThat(recipe(sweep, "drawn", 3).prune().ratio()).isEqualTo(0.3); // the section is merged
    assertThat(recipe(sweep, "plain", 3).seed()).isEqualTo(3);
    assertThat(recipe(sweep, "plain", 5).seed()).isEqualTo(5);
    assertThat(sweep.runs())
        .containsExactly(
            new SweepRun("plain", 3),
            new SweepRun("drawn", 3),
            new SweepRun("plain", 5),
            new SweepRun("drawn", 5));
  }

  @Test
  void cellsBesideTheAxes_haveWhatIsSetForAll_andTheirOwnAboveIt() {
    Sweep sweep =
        small.read(
            "set: {train.steps: 6}\ncells: {full: {prune.ratio: 1}, brief: {train.steps: 3}}");
    assertThat(recipe(sweep, "full", 0).train().steps()).isEqualTo(6);
    assertThat(recipe(sweep, "full", 0).prune().ratio()).isEqualTo(1);
    assertThat(recipe(sweep, "brief", 0).train().steps()).isEqualTo(3);
  }

  @Test
  void layersOfOneCell_areNoneOfAnother() {
    Sweep sweep =
        small.read(
            """
            set: {reweight: {settings: {smoothing: 0.5}}}
            axes: {reweight.settings.smoothing: [0.1, 0.2], prune.ratio: [0.1, 0.2]}
            """);
    assertThat(recipe(sweep, "0.1-0.1", 0).reweight().settings().smoothing()).isEqualTo(0.1);
    assertThat(recipe(sweep, "0.2-0.1", 0).reweight().settings().smoothing()).isEqualTo(0.2);
    assertThat(recipe(sweep, "0.1-0.2", 0).reweight().settings().smoothing()).isEqualTo(0.1);
  }

  @Test
  void exclusions_takeCombinationsOut_andSeedsOfCells() {
    Sweep sweep =
        small.read(
            """
            seeds: [0, 1, 2]
            axes: {prune.method: [uniform, moderate], prune.ratio: [0.1, 0.2]}
            cells: {full: {prune.ratio: 1}}
            exclude:
              - {prune.method: uniform, prune.ratio: 0.2}
              - {prune.ratio: 0.2, seed: [1, 2]}
              - {cell: full, seed: 1}
            """);
    assertThat(labels(sweep))
        .containsExactly("uniform-0.1", "moderate-0.1", "moderate-0.2", "full");
    assertThat(sweep.cell("uniform-0.1").seeds()).containsExactly(0L, 1L, 2L);
    assertThat(sweep.cell("moderate-0.2").seeds()).containsExactly(0L);
    assertThat(sweep.cell("full").seeds()).containsExactly(0L, 2L);
    assertThat(sweep.runs()).hasSize(9);
  }

  @Test
  void nullAndLists_areValues() {
    Sweep sweep =
        small.read("axes: {train.anneal: [null, 0.875], model.multipliers: [[1], [1, 2]]}");
    assertThat(labels(sweep)).containsExactly("null-1", "null-1-2", "0.875-1", "0.875-1-2");
    assertThat(recipe(sweep, "null-1", 0).train().anneal()).isNull();
    assertThat(recipe(sweep, "0.875-1", 0).train().anneal()).isEqualTo(0.875);
  }

  @Test
  void override_standsAboveAllCells() {
    Sweep sweep = small.read("axes: {prune.ratio: [0.1, 0.2]}", "train.steps=9");
    assertThat(recipe(sweep, "0.1", 0).train().steps()).isEqualTo(9);
    assertThat(problems("axes: {prune.ratio: [0.1, 0.2]}", "prune.ratio=0.5"))
        .containsExactly(
            "sweep.yaml: cells 0.1 and 0.2: the same recipe twice; expected settings that differ."
                + " Exclude one of them.");
    assertThat(problems("axes: {prune.ratio: [0.1, 0.2]}", "seed=5"))
        .containsExactly(
            "--set seed=5: seed is the sweep's own for every run; expected another key. Its file has"
                + " them.");
  }

  @Test
  void unknownKeys_areNamedWithTheirLines() {
    assertThat(problems("axes: {prune.raito: [0.1, 0.2]}"))
        .containsExactly("sweep.yaml:3 prune.raito: unknown key. Did you mean prune.ratio?");
    assertThat(problems("axis: {prune.ratio: [0.1]}\naxes: {prune.ratio: [0.1]}"))
        .containsExactly("sweep.yaml:3 axis: unknown key. Did you mean axes?");
    assertThat(problems("axes:\n  a:\n    b: {prune.ratio: 2}\n    c: {train.step: 1}"))
        .containsExactlyInAnyOrder(
            "sweep.yaml:5 prune.ratio: ratio is 2, but must be a fraction in (0, 1]. Write 0.02 to"
                + " keep 2 %.",
            "sweep.yaml:6 train.step: unknown key. Did you mean train.steps?");
  }

  @Test
  void axes_thatAreNone_areRefused() {
    assertThat(problems("axes: {seed: [0, 1]}"))
        .contains(
            "sweep.yaml:3 axes.seed: no axis; expected a key of the recipe or a name. Write seeds:"
                + " [0, 1, 2]; the table is over them.");
    assertThat(problems("axes: {prune.ratio: 0.1}"))
        .contains(
            "sweep.yaml:3 axes.prune.ratio: 0.1; expected a list of values, or labels with what each"
                + " sets.");
    assertThat(problems("axes: {prune.ratio: []}"))
        .contains(
            "sweep.yaml:3 axes.prune.ratio: has no values; expected one at least. Take the axis out,"
                + " or give it values.");
    assertThat(problems("axes: {prune.ratio: [0.1, 0.1]}"))
        .contains(
            "sweep.yaml:3 axes.prune.ratio: 0.1 is there twice; expected every value once. Take one"
                + " out.");
    assertThat(problems("axes: {a: {b: 3}}"))
        .contains(
            "sweep.yaml:3 axes.a.b: 3; expected keys of the recipe with values, or {} for none.");
    assertThat(problems("axes: {a: {b/c: {}}}"))
        .containsExactly(
            "sweep.yaml:3 axes.a.b/c: no label; expected letters, digits, '.', '_' and '-', as it"
                + " names a folder.");
    assertThat(problems("cells: {b/c: {}}"))
        .containsExactly(
            "sweep.yaml:3 cells.b/c: no label; expected letters, digits, '.', '_' and '-', as it"
                + " names a folder.");
    assertThat(problems("seeds: [1]"))
        .containsExactly(
            "sweep.yaml:1 axes: axes is empty, and cells too; expected what to go over, {prune.ratio:"
                + " [0.1, 0.2]}.");
    assertThat(problems("seeds: [1, 1]\naxes: {prune.ratio: [0.1]}"))
        .containsExactly("sweep.yaml:3 seeds: seeds is [1, 1]; expected every seed once.");
  }

  @Test
  void collidingCells_areRefused() {
    assertThat(problems("axes: {a: {x: {prune.ratio: 0.1}, y: {prune.ratio: 0.1}}}"))
        .containsExactly(
            "sweep.yaml: cells x and y: the same recipe twice; expected settings that differ."
                + " Exclude one of them.");
    assertThat(
            problems(
                "axes: {a: {x: {}, x-y: {train.steps: 9}}, b: {y: {}, z: {prune.ratio: 1}}}\n"
                    + "cells: {x-y: {train.steps: 7}}"))
        .contains(
            "sweep.yaml: two cells are called x-y; expected names that differ. Call a label otherwise.");
  }

  @Test
  void unknownNames_areRefusedWithTheNearest() {
    String axes = "axes: {selection: {drawn: {}, scored: {prune.ratio: 0.1}}}\n";
    assertThat(problems(axes + "exclude: [{selectoin: drawn}]"))
        .containsExactly(
            "sweep.yaml:4 exclude[0].selectoin: unknown axis. Did you mean selection?");
    assertThat(problems(axes + "exclude: [{selection: drwan}]"))
        .containsExactly(
            "sweep.yaml:4 exclude[0].selection: unknown label drwan. Did you mean drawn?");
    assertThat(problems(axes + "exclude: [{selection: [drawn, scored]}]"))
        .containsExactly(small.file() + ": no cell is left; expected one at least. Exclude less.");
    assertThat(problems(axes + "paper: {fid: {scord: 3.66}}"))
        .containsExactly("sweep.yaml:4 paper.fid.scord: unknown cell. Did you mean scored?");
    assertThat(problems(axes + "metrics: [fdi]"))
        .containsExactly(
            "sweep.yaml:4 metrics: metrics has \"fdi\", which is none. Did you mean fid?");
    Sweep sweep = small.read(axes);
    assertThatThrownBy(() -> sweep.only(List.of("drawn", "no")))
        .hasMessage("--cell no: no cell of tiny; expected one of drawn, scored.");
    assertThat(labels(sweep.only(List.of("scored")))).containsExactly("scored");
  }

  @Test
  void base_thatIsNotThere_isNamed() {
    AtomicFile.writeString(small.file(), "name: a\nbase: no.yaml\naxes: {prune.ratio: [0.1]}\n");
    assertThatThrownBy(() -> Sweep.read(small.file(), List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "sweep.yaml:2 base: no.yaml: no such file; expected a recipe, relative to the sweep"
                + " file.");
  }
}
