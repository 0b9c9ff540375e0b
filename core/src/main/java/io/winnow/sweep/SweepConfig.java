package io.winnow.sweep;

import io.winnow.config.Check;
import io.winnow.config.Given;
import io.winnow.config.StrictYaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sweep file as it is written; {@code sweep-defaults.yaml} documents its keys.
 *
 * @param name of the sweep and of its folder
 * @param base the recipe of all cells, relative to the sweep file
 * @param seeds of the runs of every cell
 * @param set keys of the recipe for all cells, with their values
 * @param axes by name: values of the recipe key that is the axis's name, or what each label sets
 * @param cells cells beside those of the axes: what each label sets
 * @param exclude combinations of labels to leave out, by axis
 * @param against what cells are compared with: on these axes with these labels, and on the others
 *     like each of them; empty for the first cell of all
 * @param paper published values by metric and cell
 * @param metrics that the table shows, see {@link Measure}
 */
record SweepConfig(
    String name,
    String base,
    List<Long> seeds,
    Map<String, Given> set,
    Map<String, Given> axes,
    Map<String, Map<String, Given>> cells,
    List<Map<String, Given>> exclude,
    Map<String, Given> against,
    Map<String, Map<String, Double>> paper,
    List<String> metrics) {
  SweepConfig {
    Check.that(
        Labels.valid(name), "name is \"%s\", but must be letters, digits, '.', '_' and '-'.", name);
    Check.that(!seeds.isEmpty(), "seeds is an empty list; expected one at least, [0].");
    Check.that(
        new HashSet<>(seeds).size() == seeds.size(),
        "seeds is %s; expected every seed once.",
        seeds);
    Check.that(
        !axes.isEmpty() || !cells.isEmpty(),
        "axes is empty, and cells too; expected what to go over, {prune.ratio: [0.1, 0.2]}.");
    Check.that(!metrics.isEmpty(), "metrics is an empty list; expected one at least, [fid].");
    metrics.forEach(Measure::of);
    paper.keySet().forEach(Measure::of);
    axes = new LinkedHashMap<>(axes);
    cells = new LinkedHashMap<>(cells);
  }

  static StrictYaml.Resolved<SweepConfig> read(Path file) {
    try (InputStream in = SweepConfig.class.getResourceAsStream("sweep-defaults.yaml")) {
      String defaults = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return StrictYaml.read(SweepConfig.class, defaults, file, List.of());
    } catch (IOException e) {
      throw new UncheckedIOException("sweep-defaults.yaml: could not be read", e);
    }
  }
}
