package io.winnow.prune;

import io.winnow.files.Json;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Path;
import java.util.List;

/**
 * Scores apart from any selection, so that another ratio needs neither encoding nor scoring.
 *
 * @param scoring everything the values depend on, as {@link PruneConfig#scoring()} names it
 * @param values one per row, float64; as large as the data set, so handed over and not copied
 * @param notes what the scorer had to say
 */
@SuppressWarnings("ArrayRecordComponent")
public record Scores(String scoring, double[] values, List<String> notes) {

  /** {@code scores.json}: what the numbers in {@code scores.npy} are. */
  private record Header(String scoring, List<String> notes) {}

  /** Reads {@code scores.npy} and {@code scores.json} of a folder. */
  public static Scores read(Path folder) {
    Header header = Json.read(folder.resolve("scores.json"), Header.class);
    try (Scope scope = Scope.open()) {
      double[] values = Tensors.doubles(Npy.read(folder.resolve("scores.npy")));
      return new Scores(header.scoring(), values, header.notes());
    }
  }

  /** Writes {@code scores.npy}, float64, and then {@code scores.json}, each atomically. */
  public void write(Path folder) {
    try (Scope scope = Scope.open()) {
      Npy.write(folder.resolve("scores.npy"), Tensors.of(values, values.length));
    }
    Json.write(folder.resolve("scores.json"), new Header(scoring, notes));
  }

  /** Refuses to be used for another score than its own. */
  void require(String wanted) {
    if (!scoring.equals(wanted)) {
      throw new IllegalArgumentException(
          "prune: these scores are \"" + scoring + "\", expected \"" + wanted + "\". Score again.");
    }
  }
}
