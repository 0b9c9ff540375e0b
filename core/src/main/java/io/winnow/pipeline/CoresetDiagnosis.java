package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import io.winnow.prune.Diagnosis;
import io.winnow.prune.RowsOfFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Looks at the selection in a folder by the features that it came from. */
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
   * Writes {@code diagnostics.json} beside the manifest. Where the features are not there, or none
   * were used, it says of classes alone.
   *
   * @param folder of a run or of a selection
   * @param against another selection from the same rows, its folder or its Parquet; null for none
   * @throws IllegalArgumentException when the other selected from other rows
   */
  public static SelectionDiagnostics write(Path folder, @OrNull Path against) {
    CoresetDiagnosis looked = new CoresetDiagnosis(folder);
    SelectionDiagnostics.Overlap overlap = against == null ? null : looked.overlap(against);
    SelectionDiagnostics found = looked.diagnostics().with(overlap);
    found.write(looked.layout.diagnostics());
    return found;
  }

  private SelectionDiagnostics diagnostics() {
    Map<Integer, String> names = new HashMap<>();
    coreset.entries().forEach(entry -> names.put(entry.label(), entry.className()));
    Optional<Features> features = features();
    if (features.isEmpty()) {
      int[] labels = coreset.entries().stream().mapToInt(Coreset.Entry::label).toArray();
      return Diagnosis.ofLabels(labels, coreset.kept(), names::get);
    }
    try (Features opened = features.get()) {
      List<String> ids = coreset.entries().stream().map(Coreset.Entry::id).toList();
      RowsOfFeatures rows = RowsOfFeatures.of(opened, ids, folder.toString());
      return Diagnosis.of(rows, coreset.kept(), names::get, coreset.selection().seed());
    }
  }

  /** Those brought along, or those of the run that are of the encoder that selected. */
  private Optional<Features> features() {
    if (Files.exists(layout.pruneSettings())) {
      return Optional.of(FeaturePruning.features(folder));
    }
    Path parent = layout.features("any").getParent();
    if (coreset.selection().encoderHash() == null || !Files.isDirectory(parent)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders
          .filter(FeatureFolder::isFinished)
          .sorted()
          .map(FeatureFolder::read)
          .filter(this::selected)
          .findFirst();
    } catch (IOException e) {
      throw FileFailure.unreadable(parent, e);
    }
  }

  private boolean selected(Features features) {
    if (features.encoder().hash().equals(coreset.selection().encoderHash())) {
      return true;
    }
    features.close();
    return false;
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
