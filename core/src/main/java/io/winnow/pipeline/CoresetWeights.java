package io.winnow.pipeline;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.CoresetFiles;
import io.winnow.config.OrNull;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.ClassSampling;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/**
 * Puts class weights into the manifest, and takes them out of it for a training: one and the same
 * way for a run and for {@code winnow train --manifest}, so that both give the same bytes.
 */
record CoresetWeights(Path folder) {
  /**
   * Writes the manifest again where a weight differs.
   *
   * @param weights null for 1 everywhere
   * @return the manifest with the weights
   */
  Coreset put(Coreset coreset, @OrNull ClassWeights weights) {
    List<Entry> entries =
        coreset.entries().stream().map(entry -> weighted(entry, weights)).toList();
    Coreset weighted = new Coreset(coreset.selection(), entries);
    if (!entries.equals(coreset.entries())) {
      CoresetFiles.write(weighted, CoresetFiles.readMap(folder), folder);
    }
    return weighted;
  }

  /**
   * The weights of the kept images by the names of their classes.
   *
   * @throws IllegalArgumentException when the images of a class differ in weight
   */
  static Map<String, Double> byClass(Coreset coreset) {
    Map<String, Double> weights = new TreeMap<>();
    for (int i : coreset.kept()) {
      Entry entry = coreset.entries().get(i);
      Double other = weights.put(entry.className(), entry.weight());
      if (other != null && other != entry.weight()) {
        throw new IllegalArgumentException(
            "manifest: weights "
                + other
                + " and "
                + entry.weight()
                + " in class "
                + entry.className()
                + " ("
                + entry.id()
                + "); expected one weight for each class.");
      }
    }
    return weights;
  }

  /**
   * How a training takes weights.
   *
   * @param weights w_c by class name; a class that is not in it weighs 1
   * @param kept positions that are trained on
   * @param as as factors of the loss, or drawing class c with alpha_c = w_c p_c, p_c its share of
   *     {@code kept}; without any weight but 1 every image is visited once an epoch either way
   */
  static LossWeighting weighting(
      Map<String, Double> weights, int[] kept, RunData data, TrainConfig.WeightsAs as) {
    List<String> classes = data.dataset().classes();
    double[] perClass =
        classes.stream().mapToDouble(name -> weights.getOrDefault(name, 1.0)).toArray();
    if (as == TrainConfig.WeightsAs.LOSS || DoubleStream.of(perClass).allMatch(w -> w == 1)) {
      return new ClassLossWeights(perClass);
    }
    int[] labels = data.labels();
    int[] counts = new int[perClass.length];
    for (int i : kept) {
      counts[labels[i]]++;
    }
    double[] alpha = new double[perClass.length];
    Arrays.setAll(alpha, c -> perClass[c] * ((double) counts[c] / kept.length));
    return new ClassSampling(alpha);
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
