package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.config.Suggestion;
import io.winnow.pipeline.Explanation.Rank;
import io.winnow.pipeline.SelectionFolder.Settings;
import io.winnow.prune.Diagnosis;
import io.winnow.prune.Flip;
import io.winnow.prune.Flips;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.LabelsOnly;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.Reselection;
import io.winnow.prune.Rows;
import io.winnow.prune.RowsOfFeatures;
import io.winnow.prune.Scores;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Explains the decision on one image by the manifest, the features and the settings beside it. */
public final class CoresetExplanation {
  private final Path folder;
  private final SelectionFolder home;
  private final Coreset coreset;
  private final int position;
  private final Entry entry;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();

  private CoresetExplanation(Path folder, String id, Progress progress) {
    if (!Files.exists(new RunLayout(folder).coreset())) {
      throw new IllegalArgumentException(
          folder
              + ": no coreset.parquet in it; expected the folder of a run, or of winnow prune."
              + " winnow prune makes one.");
    }
    this.folder = folder;
    this.home = new SelectionFolder(folder);
    this.coreset = CoresetFiles.read(folder);
    this.position = position(id);
    this.entry = coreset.entries().get(position);
    this.progress = progress;
  }

  /**
   * Explains.
   *
   * @param folder of a run or of a selection
   * @param id of the image, as the manifest has it
   * @param progress told of what is computed anew: steps are taken again
   * @throws IllegalArgumentException when there is no such image, or the settings in the folder do
   *     not give its selection
   */
  public static Explanation of(Path folder, String id, Progress progress) {
    return new CoresetExplanation(folder, id, progress).explained();
  }

  private int position(String id) {
    List<String> ids = coreset.entries().stream().map(Entry::id).toList();
    int found = ids.indexOf(id);
    if (found >= 0) {
      return found;
    }
    throw new IllegalArgumentException(
        folder
            + ": no image \""
            + id
            + "\" among "
            + ids.size()
            + "; expected an id of coreset.parquet."
            + meant(id, ids).map(like -> " Did you mean " + like + "?").orElse(""));
  }

  /** The same name in another folder or with an ending, or else the nearest by edits. */
  private static Optional<String> meant(String id, List<String> ids) {
    String name = id.substring(id.lastIndexOf('/') + 1);
    Predicate<String> same =
        other -> {
          String own = other.substring(other.lastIndexOf('/') + 1);
          return own.equals(name) || own.startsWith(name + ".");
        };
    Optional<String> elsewhere = ids.stream().filter(same).findFirst();
    List<String> aboutAsLong =
        ids.stream().filter(i -> Math.abs(i.length() - id.length()) <= i.length() / 3 + 1).toList();
    return elsewhere.isPresent() ? elsewhere : Suggestion.nearest(id, aboutAsLong);
  }

  private Explanation explained() {
    Optional<Settings> settings = home.settings();
    if (settings.isEmpty()) {
      notes.add("No recipe is beside the manifest, so nothing is said of what turns the decision.");
    }
    Optional<Features> features = features();
    try {
      Rows rows = features.map(this::rows).orElse(null);
      boolean scored = !Double.isNaN(entry.score());
      return new Explanation(
          entry.id(),
          entry.className(),
          entry.kept(),
          entry.reason(),
          scored ? entry.score() : null,
          scored ? rank(other -> other.label() == entry.label()) : null,
          scored ? rank(other -> true) : null,
          rows == null ? null : nearestKept(rows),
          settings.map(s -> flips(s, rows)).orElse(List.of()),
          notes);
    } finally {
      features.ifPresent(Features::close);
    }
  }

  private Optional<Features> features() {
    Optional<Features> found = home.features(coreset.selection());
    if (found.isEmpty()) {
      notes.add("The features that selected are not there, so no neighbour is named.");
    }
    return found;
  }

  private Rows rows(Features features) {
    List<String> ids = coreset.entries().stream().map(Entry::id).toList();
    return RowsOfFeatures.of(features, ids, folder.toString());
  }

  private @OrNull Explanation.Neighbour nearestKept(Rows rows) {
    Diagnosis.Neighbour found = Diagnosis.nearestKept(rows, coreset.kept(), position);
    return found == null
        ? null
        : new Explanation.Neighbour(coreset.entries().get(found.row()).id(), found.distance());
  }

  /** Among the scores that the same step gave, or the method. */
  private Rank rank(Predicate<Entry> among) {
    String step = step(entry);
    int of = 0;
    int before = 0;
    for (int i = 0; i < coreset.entries().size(); i++) {
      Entry other = coreset.entries().get(i);
      if (among.test(other) && !Double.isNaN(other.score()) && step(other).equals(step)) {
        of++;
        int order = Double.compare(other.score() + 0.0, entry.score() + 0.0);
        before += order < 0 || (order == 0 && i < position) ? 1 : 0;
      }
    }
    return new Rank(before + 1, of);
  }

  /** "step 2, k-center", or nothing of a method alone. */
  private static String step(Entry entry) {
    int colon = entry.reason().indexOf(':');
    return entry.reason().startsWith("step ") && colon > 0
        ? entry.reason().substring(0, colon)
        : "";
  }

  private List<Flip> flips(Settings settings, @OrNull Rows rows) {
    Optional<ImageLosses> losses = home.losses(settings.block());
    if (losses.isEmpty()) {
      notes.add(
          "The losses that selected are not there, or are of another network than stands in its"
              + " folder now, so the selection cannot be tried with other numbers.");
      return List.of();
    }
    Reselection again = reselection(settings, rows, losses.get());
    if (again == null) {
      notes.add("Without features the selection cannot be tried with other numbers.");
      return List.of();
    }
    int[] kept = again.select(settings.block()).kept();
    if (!Arrays.equals(kept, coreset.kept())) {
      throw new IllegalArgumentException(
          folder
              + ": its settings select "
              + kept.length
              + " images, others than the "
              + coreset.kept().length
              + " of its manifest; expected the settings and features that selected. Run winnow"
              + " prune again.");
    }
    List<Flip> flips = Flips.of(again, settings.block(), position);
    if (flips.isEmpty()) {
      notes.add("No number of the prune block turns this decision alone.");
    }
    return flips;
  }

  /** By the manifest's scores where a method alone decided, so that no feature is read. */
  private @OrNull Reselection reselection(
      Settings settings, @OrNull Rows rows, ImageLosses losses) {
    PruneConfig block = settings.block();
    boolean drawn = block.steps() == null && block.method() == Method.UNIFORM;
    boolean scored = coreset.entries().stream().noneMatch(e -> Double.isNaN(e.score()));
    int[] labels = coreset.entries().stream().mapToInt(Entry::label).toArray();
    if (block.steps() == null && (drawn || scored)) {
      double[] values = coreset.entries().stream().mapToDouble(Entry::score).toArray();
      return Reselection.of(
          new Scores(block.scoring(), values, List.of()), labels, settings.seed());
    }
    Rows seen = block.readsFeatures() ? rows : new LabelsOnly(labels);
    return seen == null ? null : Reselection.of(seen, losses, settings.seed(), progress);
  }
}
