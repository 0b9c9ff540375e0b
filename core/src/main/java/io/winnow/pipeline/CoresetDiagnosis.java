package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.config.OrNull;
import io.winnow.prune.Diagnosis;
import io.winnow.prune.KMeans;
import io.winnow.prune.RowMap;
import io.winnow.prune.RowsOfFeatures;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks at the selection in a folder by the features that it came from: {@code diagnostics.json}
 * and the manifest's columns for viewers.
 */
public final class CoresetDiagnosis {
  private final Path folder;
  private final RunLayout layout;
  private final Coreset coreset;

  private CoresetDiagnosis(Path folder) {
    this.folder = folder;
    this.layout = new RunLayout(folder);
    this.coreset = CoresetFiles.read(folder);
  }

  /**
   * Looks, unless all is there already. The map goes into the manifest first, so that a kill
   * between leaves no {@code diagnostics.json} that says all is done.
   *
   * @param folder of a run or of a selection
   * @param progress told of the task {@code diagnose}, in images
   */
  public static SelectionDiagnostics look(Path folder, Progress progress) {
    SelectionDiagnostics known = known(folder);
    if (known != null && !known.clusters().isEmpty() && CoresetFiles.hasMap(folder)) {
      return known;
    }
    return new CoresetDiagnosis(folder).looked(known, progress);
  }

  /**
   * Puts what the selection has in common with another one into {@code diagnostics.json}.
   *
   * @param against another selection from the same rows, its folder or its Parquet; null for none
   * @throws IllegalArgumentException when the other selected from other rows
   */
  public static SelectionDiagnostics compare(Path folder, @OrNull Path against, Progress progress) {
    SelectionDiagnostics.Overlap overlap =
        against == null ? null : new CoresetDiagnosis(folder).overlap(against);
    SelectionDiagnostics found = look(folder, progress).with(overlap);
    found.write(new RunLayout(folder).diagnostics());
    return found;
  }

  private static @OrNull SelectionDiagnostics known(Path folder) {
    Path file = new RunLayout(folder).diagnostics();
    return Files.exists(file) ? SelectionDiagnostics.read(file) : null;
  }

  private SelectionDiagnostics looked(@OrNull SelectionDiagnostics known, Progress progress) {
    Map<Integer, String> names = new HashMap<>();
    coreset.entries().forEach(entry -> names.put(entry.label(), entry.className()));
    Optional<Features> features = new SelectionFolder(folder).features(coreset.selection());
    if (features.isEmpty() && known != null) {
      return known;
    }
    SelectionDiagnostics found =
        features.map(f -> seen(f, names, progress)).orElseGet(() -> bare(names));
    found.write(layout.diagnostics());
    return found;
  }

  private SelectionDiagnostics bare(Map<Integer, String> names) {
    int[] labels = coreset.entries().stream().mapToInt(Coreset.Entry::label).toArray();
    return Diagnosis.ofLabels(labels, coreset.kept(), names::get);
  }

  private SelectionDiagnostics seen(
      Features features, Map<Integer, String> names, Progress progress) {
    progress.begin("diagnose", "images", coreset.entries().size(), 0);
    try (features;
        Scope scope = Scope.open()) {
      List<String> ids = coreset.entries().stream().map(Coreset.Entry::id).toList();
      RowsOfFeatures rows = RowsOfFeatures.of(features, ids, folder.toString());
      long seed = coreset.selection().seed();
      KMeans.Clusters clusters = Diagnosis.clusters(rows, seed);
      SelectionDiagnostics found = Diagnosis.of(rows, coreset.kept(), clusters, names::get, seed);
      CoresetFiles.write(coreset, RowMap.of(rows, clusters), folder);
      return found;
    } finally {
      progress.end();
    }
  }

  private SelectionDiagnostics.Overlap overlap(Path against) {
    Coreset other = CoresetFiles.read(against);
    if (!ids(other, false).equals(ids(coreset, false))) {
      throw new IllegalArgumentException(
          against
              + ": a selection from "
              + other.entries().size()
              + " other rows than the "
              + coreset.entries().size()
              + " of "
              + folder
              + "; expected the same ids. Give one of the same data.");
    }
    return Diagnosis.overlap(
        ids(coreset, true), ids(other, true), coreset.entries().size(), against.toString());
  }

  private static Set<String> ids(Coreset of, boolean kept) {
    Set<String> ids = new HashSet<>();
    of.entries().stream()
        .filter(entry -> entry.kept() || !kept)
        .forEach(entry -> ids.add(entry.id()));
    return ids;
  }
}
