package io.winnow.sweep;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.pipeline.PlannedStage;
import io.winnow.sweep.RunStatus.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is left to do of a sweep: the stages that runs will compute, each shared one once, and their
 * seconds as far as stages that are done tell.
 */
final class Costs {
  private final Map<SweepRun, List<PlannedStage>> work = new LinkedHashMap<>();
  private final Map<String, Rate> rates = new LinkedHashMap<>();

  /** What stages of one name took so far. */
  private record Rate(int count, double seconds, long images) {
    Rate and(RunRecord.Stage stage) {
      return new Rate(count + 1, seconds + stage.seconds(), images + stage.images());
    }

    @OrNull
    Double of(PlannedStage stage) {
      if (images == 0) {
        return seconds / count;
      }
      return stage.images() == null ? null : seconds / images * stage.images();
    }
  }

  /**
   * @param runs of the sweep
   * @param known further runs whose stages tell what they took, those of the sweep among them
   */
  Costs(List<RunStatus> runs, List<RunStatus> known) {
    Set<String> there = new HashSet<>();
    for (RunStatus run : known) {
      for (PlannedStage stage : run.plan()) {
        if (run.done(stage)) {
          there.add(stage.shared());
          RunRecord.Stage took = run.record().stages().get(stage.name());
          rates.merge(
              stage.name(),
              new Rate(1, took.seconds(), took.images()),
              (rate, one) -> rate.and(took));
        }
      }
    }
    for (RunStatus run : runs) {
      List<PlannedStage> own = new ArrayList<>();
      for (PlannedStage stage : run.plan()) {
        if (!run.done(stage) && (stage.shared() == null || there.add(stage.shared()))) {
          own.add(stage);
        }
      }
      if (run.state() != State.DONE) {
        work.put(run.run(), own);
      }
    }
  }

  /** The stages that a run will compute itself; none of a run that is done. */
  List<PlannedStage> of(SweepRun run) {
    return work.getOrDefault(run, List.of());
  }

  /** The runs that are not done. */
  Set<SweepRun> open() {
    return work.keySet();
  }

  /** Of a stage; null where no stage of its name is done yet. */
  @OrNull
  Double seconds(PlannedStage stage) {
    Rate rate = rates.get(stage.name());
    return rate == null ? null : rate.of(stage);
  }

  /** Of all that a run will compute; null where some of it is unknown. */
  @OrNull
  Double seconds(SweepRun run) {
    double sum = 0;
    for (PlannedStage stage : of(run)) {
      Double seconds = seconds(stage);
      if (seconds == null) {
        return null;
      }
      sum += seconds;
    }
    return sum;
  }
}
