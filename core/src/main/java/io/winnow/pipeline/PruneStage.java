package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.LabelsOnly;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.Pruning;
import io.winnow.prune.Rows;
import io.winnow.prune.RowsOfFeatures;
import io.winnow.prune.Scores;
import io.winnow.task.Progress;
import java.util.List;
import java.util.function.Supplier;

/**
 * Scores and selection. Scores are kept in {@code scores/}, so that another ratio needs no new
 * ones; the selection is the manifest {@code coreset.parquet} with its exports.
 */
final class PruneStage {
  private final RunData data;
  private final PruneConfig config;
  private final long seed;
  private final RunLayout run;
  private final ImageLosses losses;
  private final Progress listener;

  /**
   * @param losses for steps that ask for them
   */
  PruneStage(
      RunData data,
      PruneConfig config,
      long seed,
      RunLayout run,
      ImageLosses losses,
      Progress listener) {
    this.losses = losses;
    this.data = data;
    this.config = config;
    this.seed = seed;
    this.run = run;
    this.listener = listener;
  }

  /** Whether the method looks at features at all. */
  static boolean needsFeatures(PruneConfig config) {
    return config.readsFeatures();
  }

  /** Whether scores are a stage of their own: steps score as they select. */
  static boolean scoresApart(PruneConfig config) {
    return config.steps() == null && config.readsFeatures();
  }

  /** The part of the configuration that decides the scores. */
  String scoring() {
    return config.scoring();
  }

  /**
   * Scores every sample.
   *
   * @param features opened when they are needed
   */
  StageOutcome score(Supplier<Features> features) {
    try (Features opened = features.get()) {
      RowsOfFeatures rows = RowsOfFeatures.of(opened, data.inventory().ids(), "features");
      Scores scores = Pruning.score(rows, config, listener);
      scores.notes().forEach(note -> listener.note("score: " + note));
      scores.write(run.scores());
      return new StageOutcome(0, note(scores.notes()));
    }
  }

  /**
   * Selects and writes the manifest.
   *
   * @param encoderHash identity of the features, null when none were used
   * @param features opened where steps read them
   */
  StageOutcome select(@OrNull String encoderHash, Supplier<Features> features) {
    Pruning.Result result = selected(features);
    Coreset coreset = CoresetMaker.of(data).make(result, config, seed, encoderHash);
    CoresetFiles.write(coreset, run.folder());
    GalleryMaker.write(coreset, data.dataset(), run);
    result.notes().forEach(note -> listener.note("prune: " + note));
    listener.note(
        "prune: kept "
            + result.kept().length
            + " of "
            + data.size()
            + " images in "
            + coreset.selection().keptByClass().size()
            + " classes");
    return new StageOutcome(0, note(result.notes()));
  }

  private Pruning.Result selected(Supplier<Features> features) {
    if (scoresApart(config)) {
      return Pruning.select(Scores.read(run.scores()), data.labels(), config, seed);
    }
    if (!needsFeatures(config)) {
      return Pruning.select(none(), config, losses, seed, Progress.SILENT);
    }
    try (Features opened = features.get()) {
      RowsOfFeatures rows = RowsOfFeatures.of(opened, data.inventory().ids(), "features");
      return Pruning.select(rows, config, losses, seed, listener);
    }
  }

  void discardSelection() {
    Leftovers.delete(run.selection());
    Leftovers.delete(run.coreset());
    Leftovers.delete(run.exports());
    Leftovers.delete(run.diagnostics());
  }

  /** Rows for methods that draw: only their labels are looked at. */
  private Rows none() {
    return new LabelsOnly(data.labels());
  }

  private static @OrNull String note(List<String> notes) {
    return notes.isEmpty() ? null : String.join(" ", notes);
  }
}
