package io.winnow.sweep;

import io.winnow.config.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of the table: a recipe, run for every seed.
 *
 * @param label names it, and its folder
 * @param at its label on every axis; of a cell beside the axes none
 * @param seeds of its runs
 * @param given what it sets in the base recipe, the last one on top
 */
public record Cell(
    String label, Map<String, String> at, List<Long> seeds, List<Map<String, Given>> given) {
  public Cell {
    at = new LinkedHashMap<>(at);
    seeds = List.copyOf(seeds);
    given = List.copyOf(given);
  }

  /** The same cell with a further axis. */
  Cell on(String axis, String value, Map<String, Given> sets) {
    Map<String, String> there = new LinkedHashMap<>(at);
    there.put(axis, value);
    List<Map<String, Given>> all = new ArrayList<>(given);
    all.add(sets);
    return new Cell(label.isEmpty() ? value : label + "-" + value, there, seeds, all);
  }

  Cell withSeeds(List<Long> some) {
    return new Cell(label, at, some, given);
  }
}
