package io.winnow.data;

import java.util.Set;
import java.util.stream.IntStream;

/** Opens data sets and views parts of them. */
public final class Datasets {
  private Datasets() {}

  /**
   * Opens what a configuration names.
   *
   * @param seed of the drawn pictures of {@link DatasetConfig.Type#SHAPES}; of no meaning elsewhere
   * @throws IllegalArgumentException when there are no classes or fewer than two images
   * @throws java.io.UncheckedIOException naming the path, when it cannot be read
   */
  public static Dataset open(DatasetConfig config, long seed) {
    return switch (config.type()) {
      case SHAPES -> new ShapesDataset(config.count(), seed);
      case CIFAR10, IMAGE_FOLDER -> throw new IllegalArgumentException(config.path());
    };
  }

  /**
   * The samples of a data set in another order or number.
   *
   * @param indices into the data set, repeats allowed
   * @return a view; closing it closes the data set
   */
  public static Dataset subset(Dataset dataset, int[] indices) {
    return new SubsetDataset(dataset, indices);
  }

  /**
   * A data set without some of its samples, for example the bad ones of its {@link Inventory}.
   *
   * @return a view; closing it closes the data set
   */
  public static Dataset without(Dataset dataset, Set<Integer> excluded) {
    return excluded.isEmpty()
        ? dataset
        : subset(
            dataset,
            IntStream.range(0, dataset.size()).filter(i -> !excluded.contains(i)).toArray());
  }
}
