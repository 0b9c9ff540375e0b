package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import io.winnow.weights.NpyTexts;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Features brought along: a folder of {@code winnow encode}, an {@code .npy} or {@code .npz} of [N,
 * d], or Parquet with a column of embeddings. What names the rows is a column of the Parquet, an
 * array of the {@code .npz}, or a file of its own, {@code .npy} or a text with a line a row.
 *
 * @param path of the features
 * @param embedding column or array with the features; null for the only one there can be
 * @param ids column, array or file; null for what is usually called so where it is there, else rows
 *     are counted
 * @param labels column, array or file; null for what is usually called so where it is there; {@code
 *     none} for rows of one class
 */
public record FeatureSource(
    Path path, @OrNull String embedding, @OrNull String ids, @OrNull String labels) {
  /** Whether a path is of this kind, by its name or, of a folder, by what is in it. */
  public static boolean isAt(Path path) {
    String name = path.toString();
    return Files.isRegularFile(path.resolve(FeatureShards.META))
        || Stream.of(".npy", ".npz", ".parquet").anyMatch(name::endsWith);
  }

  /**
   * Opens them; the caller closes the features. Rows without labels are of one class, {@code all}.
   *
   * @param work folder that rows of Parquet are put into, since they cannot be fetched one by one
   * @throws IllegalArgumentException naming what is missing, an id that stands twice, or another
   *     number of ids or labels than of rows
   */
  public Features open(Path work) {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path
              + ": no such file; expected features: a folder of winnow encode, .npy, .npz or"
              + " .parquet.");
    }
    Features features = Files.isDirectory(path) ? folder() : file(work);
    try {
      requireDistinct(features.ids());
      return features;
    } catch (RuntimeException e) {
      features.close();
      throw e;
    }
  }

  private Features file(Path work) {
    if (path.toString().endsWith(".parquet")) {
      return new ParquetFeatures(path, embedding, ids, labels).open(work);
    }
    return path.toString().endsWith(".npz") ? archive() : matrix();
  }

  private Features folder() {
    if (embedding != null || ids != null) {
      throw new IllegalArgumentException(
          path
              + ": features of winnow encode name their rows themselves; expected neither"
              + " --embedding nor --ids. Leave them out.");
    }
    Features features = FeatureFolder.read(path);
    return named(features, features.ids(), labels == null ? null : texts(labels, null));
  }

  private Features matrix() {
    if (embedding != null) {
      throw new IllegalArgumentException(
          path + ": an .npy has one array; expected no --embedding. Leave it out.");
    }
    Features features = BareFeatures.read(path);
    return named(
        features,
        ids == null ? features.ids() : texts(ids, null),
        labels == null ? null : texts(labels, null));
  }

  private Features archive() {
    try (Npz arrays = Npz.open(path)) {
      String name = embedding != null ? embedding : BareFeatures.array(arrays).orElse(null);
      if (name == null || !arrays.has(name)) {
        throw new IllegalArgumentException(
            path
                + ": "
                + (name == null ? "no array feats or arr_0" : "no array " + name)
                + "; it has "
                + arrays.names()
                + ". Name the one with the features, --embedding ARRAY.");
      }
      Features features = BareFeatures.read(path, arrays, name);
      String own = ids != null ? ids : first(RowLabels.USUAL_IDS, arrays).orElse(null);
      String classes = labels != null ? labels : first(RowLabels.USUAL, arrays).orElse(null);
      return named(
          features,
          own == null ? features.ids() : texts(own, arrays),
          classes == null ? null : texts(classes, arrays));
    }
  }

  private static Optional<String> first(List<String> names, Npz arrays) {
    return names.stream().filter(arrays::has).findFirst();
  }

  /**
   * Names of rows: an array of the archive, or a file.
   *
   * @return null where no labels are wanted
   */
  private @OrNull List<String> texts(String name, @OrNull Npz arrays) {
    if (name.equals(RowLabels.NONE)) {
      return null;
    }
    if (arrays != null && arrays.has(name)) {
      return arrays.texts(name);
    }
    Path file = Path.of(name);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          path
              + ": no array and no file "
              + name
              + "; expected "
              + (arrays == null ? "" : "one of " + arrays.names() + " or ")
              + "a file with a name a row, .npy or text.");
    }
    return name.endsWith(".npy") ? NpyTexts.read(file) : lines(file);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream().map(String::strip).toList();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          file + ": no text in UTF-8; expected a line a row, or an .npy.", e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /**
   * The rows under their names.
   *
   * @param texts of the labels; null for those that the features have, or none
   */
  private Features named(Features features, List<String> rowIds, @OrNull List<String> texts) {
    int rows = Math.toIntExact(features.rows());
    try {
      requireAsMany("ids", ids, rowIds.size(), rows);
      RowLabels found = RowLabels.none(rows);
      if (texts != null) {
        requireAsMany("labels", labels, texts.size(), rows);
        found = RowLabels.of(texts, path + " (labels)");
      } else if (labels == null && !features.classes().isEmpty()) {
        found = new RowLabels(features.labels(), features.classes());
      }
      return features.named(rowIds, found.labels(), found.classes());
    } catch (RuntimeException e) {
      features.close();
      throw e;
    }
  }

  private void requireAsMany(String what, @OrNull String name, int count, int rows) {
    if (count != rows) {
      throw new IllegalArgumentException(
          String.format(
              "%s: %d %s%s for %d rows; expected one a row. Give the %s of these features.",
              path, count, what, name == null ? "" : " in " + name, rows, what));
    }
  }

  private void requireDistinct(List<String> rowIds) {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < rowIds.size(); i++) {
      Integer before = seen.put(rowIds.get(i), i);
      if (before != null) {
        throw new IllegalArgumentException(
            String.format(
                "%s: the id %s stands twice, in rows %d and %d; expected a row an id. Take one of"
                    + " them out, or name other ids, --ids.",
                path, rowIds.get(i), before, i));
      }
    }
  }
}
