package io.winnow.prune;

import io.winnow.artifact.Features;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Features as a pruning score reads them. */
public record RowsOfFeatures(Features features) implements Rows {
  /**
   * Checks that the features are those of these samples, in this order.
   *
   * @param ids of the samples, in their order
   * @param where names the features in the message
   */
  public static RowsOfFeatures of(Features features, List<String> ids, String where) {
    if (features.rows() != ids.size()) {
      throw new IllegalArgumentException(
          where
              + ": features of "
              + features.rows()
              + " images, expected "
              + ids.size()
              + ". Was the data set changed? Encode again.");
    }
    for (int i = 0; i < ids.size(); i++) {
      if (!features.ids().get(i).equals(ids.get(i))) {
        throw new IllegalArgumentException(
            where
                + ": row "
                + i
                + " is "
                + features.ids().get(i)
                + ", expected "
                + ids.get(i)
                + ". Was the data set changed? Encode again.");
      }
    }
    return new RowsOfFeatures(features);
  }

  @Override
  public int count() {
    return Math.toIntExact(features.rows());
  }

  @Override
  public int dimension() {
    return features.dimension();
  }

  @Override
  public int[] labels() {
    return features.labels();
  }

  @Override
  public Tensor gather(int[] rows) {
    return features.gather(rows);
  }

  @Override
  public String describe(int row) {
    return features.ids().get(row);
  }
}
