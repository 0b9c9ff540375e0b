package io.winnow.report;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.CoresetMap;
import io.winnow.artifact.Curve;
import io.winnow.artifact.Gallery;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SampleImages;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** The artifacts of a run folder; null where a stage has not left any. */
record RunFiles(
    Path folder,
    @OrNull RunRecord run,
    @OrNull String recipe,
    @OrNull Quarantine quarantine,
    @OrNull Coreset coreset,
    @OrNull CoresetMap map,
    @OrNull SelectionDiagnostics diagnostics,
    @OrNull Gallery gallery,
    @OrNull ClassWeights classWeights,
    @OrNull ClassWeights.Trajectory trajectory,
    @OrNull Curve curve,
    @OrNull SampleImages samples,
    @OrNull Metrics metrics,
    @OrNull Memorisation memorisation,
    @OrNull SpeedUps speedUps) {
  private static final int SAMPLES_PER_CLASS = 10;

  static RunFiles of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          folder + ": no such folder; expected the folder of a run. Give its path, runs/NAME.");
    }
    RunFiles files = read(folder);
    if (files.holdsNothing()) {
      throw new IllegalArgumentException(
          folder
              + ": nothing of a run in it; expected run.json, coreset.parquet, metrics.json or the"
              + " like. Give the folder of a run, runs/NAME.");
    }
    return files;
  }

  private static RunFiles read(Path folder) {
    RunLayout run = new RunLayout(folder);
    return new RunFiles(
        folder,
        read(run.record(), RunRecord::read),
        read(run.recipe(), RunFiles::text),
        read(run.quarantine(), Quarantine::read),
        read(run.coreset(), CoresetFiles::read),
        read(run.coreset(), file -> CoresetFiles.readMap(folder)),
        read(run.diagnostics(), SelectionDiagnostics::read),
        read(run.gallery(), Gallery::read),
        read(run.classWeights(), ClassWeights::read),
        read(run.trajectory(), TrajectoryCsv::read),
        curve(run),
        SampleImages.read(run.samples(RunLayout.Network.MODEL), SAMPLES_PER_CLASS).orElse(null),
        read(run.metrics(), Metrics::read),
        read(run.memorisation(), Memorisation::read),
        read(run.speedUps(), SpeedUps::read));
  }

  private boolean holdsNothing() {
    return Stream.of(run, quarantine, coreset, gallery, classWeights, trajectory, curve)
            .allMatch(Objects::isNull)
        && Stream.of(samples, metrics, memorisation, speedUps).allMatch(Objects::isNull);
  }

  /** Folder that the pictures' paths are relative to. */
  Path reportData() {
    return new RunLayout(folder).reportData();
  }

  @OrNull
  private static <T> T read(Path file, Function<Path, T> reader) {
    return Files.isRegularFile(file) ? reader.apply(file) : null;
  }

  @OrNull
  private static Curve curve(RunLayout run) {
    List<Curve.Point> points = new ArrayList<>();
    for (Path file : run.curves()) {
      Curve curve = read(file, Curve::read);
      if (curve != null) {
        points.addAll(curve.points());
      }
    }
    return points.isEmpty() ? null : new Curve(points);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
