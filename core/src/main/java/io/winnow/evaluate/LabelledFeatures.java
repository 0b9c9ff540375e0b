package io.winnow.evaluate;

import io.winnow.artifact.Features;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.LabelledRows;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Features for distances class by class, under class numbers that may be another set's.
 *
 * @param labels class of every row, [N]; -1 for none of the classes that are compared
 */
@SuppressWarnings("ArrayRecordComponent") // as long as the set: handed over, not copied
record LabelledFeatures(Features features, int[] labels) implements LabelledRows {
  /** With the features' own class numbers. */
  static LabelledFeatures of(Features features) {
    return new LabelledFeatures(features, features.labels());
  }

  /**
   * With the positions of their classes in a list: two sets may number the same names otherwise.
   */
  static LabelledFeatures numberedAs(Features features, List<String> classes) {
    int[] numbers = features.classes().stream().mapToInt(classes::indexOf).toArray();
    int[] labels =
        IntStream.of(features.labels()).map(own -> own < 0 ? -1 : numbers[own]).toArray();
    return new LabelledFeatures(features, labels);
  }

  /** Statistics of all rows, in the caller's scope. */
  static FrechetStatistics statistics(Features features) {
    int rows = Math.toIntExact(features.rows());
    return FrechetStatistics.of(of(features), IntStream.range(0, rows).toArray());
  }

  /** How many rows a class has. */
  int count(int label) {
    return (int) IntStream.of(labels).filter(own -> own == label).count();
  }

  @Override
  public int dimension() {
    return features.dimension();
  }

  @Override
  public Tensor gather(int[] positions) {
    return features.gather(positions);
  }
}
