package io.winnow.pipeline;

import io.winnow.artifact.Features;
import io.winnow.data.Inventory;
import io.winnow.prune.Rows;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Features as a pruning score reads them. */
record RowsOfFeatures(Features features) implements Rows {
  /**
   * Checks that the features are those of these samples, in this order.
   *
   * @param where names the features in the message
   */
  static RowsOfFeatures of(Features features, Inventory inventory, String where) {
    List<Inventory.Item> items = inventory.items();
    if (features.rows() != items.size()) {
      throw new IllegalArgumentException(
          where
              + ": features of "
              + features.rows()
              + " images, expected "
              + items.size()
              + ". Was the data set changed? Encode again.");
    }
    for (int i = 0; i < items.size(); i++) {
      if (!features.ids().get(i).equals(items.get(i).id())) {
        throw new IllegalArgumentException(
            where
                + ": row "
                + i
                + " is "
                + features.ids().get(i)
                + ", expected "
                + items.get(i).id()
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
