package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.List;

/** Puts class weights into the manifest, so that another trainer can use them from there. */
record CoresetWeights(Path folder) {
  /**
   * Writes the manifest again where a weight differs.
   *
   * @param weights null for 1 everywhere
   */
  void put(Coreset coreset, @OrNull ClassWeights weights) {
    List<Entry> entries =
        coreset.entries().stream().map(entry -> weighted(entry, weights)).toList();
    if (!entries.equals(coreset.entries())) {
      new Coreset(coreset.selection(), entries).write(folder);
    }
  }

  private static Entry weighted(Entry entry, @OrNull ClassWeights weights) {
    double weight = 1;
    if (weights != null) {
      double own = weights.weights()[weights.classes().indexOf(entry.className())];
      weight = Double.isNaN(own) ? 1 : own;
    }
    return new Entry(
        entry.id(),
        entry.path(),
        entry.sha256(),
        entry.label(),
        entry.className(),
        entry.score(),
        entry.kept(),
        entry.reason(),
        weight);
  }
}
