package io.winnow.sweep;

import io.winnow.artifact.RunLayout;
import io.winnow.compare.Comparison;
import io.winnow.compare.Question;
import io.winnow.compare.SideBySide;
import io.winnow.config.OrNull;
import io.winnow.sweep.RunStatus.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be said of a cell against the one that it is compared with, by the runs of both that are
 * done.
 *
 * @param cell its label
 * @param against label of the other one
 * @param found by distance; none where the two cannot be compared
 * @param refusal why they cannot; null where they can
 */
public record CellVerdicts(
    String cell, String against, List<Comparison> found, @OrNull String refusal) {

  /** Of every cell that has a run done and is compared with one that has. */
  static List<CellVerdicts> of(Sweep sweep, SweepLayout layout, RunStatuses runs) {
    List<CellVerdicts> verdicts = new ArrayList<>();
    for (Cell cell : sweep.cells()) {
      Cell against = sweep.against(cell);
      List<Path> a = against == null ? List.of() : done(against, layout, runs);
      List<Path> b = done(cell, layout, runs);
      if (!a.isEmpty() && !b.isEmpty()) {
        verdicts.add(of(cell.label(), against.label(), a, b));
      }
    }
    return verdicts;
  }

  private static CellVerdicts of(String cell, String against, List<Path> a, List<Path> b) {
    try {
      List<Comparison> found = SideBySide.compare(a, b, Question.USUAL_ERROR_RATE);
      return new CellVerdicts(cell, against, found, null);
    } catch (IllegalArgumentException e) { // of other images, another budget
      return new CellVerdicts(cell, against, List.of(), e.getMessage());
    }
  }

  private static List<Path> done(Cell cell, SweepLayout layout, RunStatuses runs) {
    return cell.seeds().stream()
        .map(seed -> new SweepRun(cell.label(), seed))
        .filter(run -> runs.of(run).state() == State.DONE)
        .map(layout::run)
        .map(RunLayout::folder)
        .toList();
  }

  /**
   * The comparison by a column of the table.
   *
   * @param metric its name, {@code fid@2k} or {@code fid@200, class mean}
   */
  @OrNull
  Comparison by(String metric) {
    String asked = Measure.distance(metric);
    return found.stream().filter(one -> one.metric().equals(asked)).findFirst().orElse(null);
  }
}
