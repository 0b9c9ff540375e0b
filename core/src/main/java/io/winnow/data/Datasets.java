package io.winnow.data;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Opens data sets and views parts of them. */
public final class Datasets {
  private Datasets() {}

  /**
   * Opens what a configuration names.
   *
   * <p>The split is the folder of that name, at the top or inside the one folder that holds
   * everything; "train" is the top itself where no folder is named like a split, and "" is always
   * the top. The class of an image is the first folder under it. Of CIFAR-10's own archives the
   * splits are "train" and "test".
   *
   * @param seed of the drawn pictures of {@link DatasetConfig.Type#SHAPES}; of no meaning elsewhere
   * @throws IllegalArgumentException when there is nothing at the path, no such split, no classes,
   *     or fewer than two images
   * @throws java.io.UncheckedIOException naming the path, when it cannot be read
   */
  public static Dataset open(DatasetConfig config, long seed) {
    if (config.type() == DatasetConfig.Type.SHAPES) {
      return new ShapesDataset(config.count(), seed);
    }
    boolean cifar = config.type() == DatasetConfig.Type.CIFAR10;
    Path path = Path.of(config.path());
    String split = config.split().isEmpty() ? "" : " " + config.split() + " of";
    Dataset dataset =
        open(
            FileStores.open(path),
            (cifar ? "cifar10" : "image-folder") + split + " " + path,
            config.split(),
            config.maxPixels(),
            cifar);
    try {
      return requireTrainable(dataset);
    } catch (IllegalArgumentException e) {
      dataset.close();
      throw e;
    }
  }

  private static Dataset open(
      FileStore store, String name, String split, long maxPixels, boolean maybeBatches) {
    boolean batches = false;
    try {
      batches = maybeBatches && CifarDataset.recognises(store);
      return batches
          ? CifarDataset.read(name, store, split)
          : new ImageFolderDataset(name, store, split, maxPixels);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    } finally {
      if (batches) {
        store.close();
      }
    }
  }

  private static Dataset requireTrainable(Dataset dataset) {
    if (dataset.size() < 2) {
      throw new IllegalArgumentException(
          "%s: %s; at least 2 images are needed. Images are files named .jpg, .png, .gif, .bmp, .webp or .tif."
              .formatted(dataset.name(), dataset.size() == 0 ? "no image" : "one image"));
    }
    if (dataset.classes().isEmpty()) {
      throw new IllegalArgumentException(
          "%s: %d images but no classes; expected one folder per class. Move the images of each class into a folder of its own."
              .formatted(dataset.name(), dataset.size()));
    }
    return dataset;
  }

  /**
   * Opens another split of a data set, where it has one.
   *
   * @param split as for {@link #open}
   * @param seed likewise
   * @return empty where there is no such split, or none that could be trained on
   */
  public static Optional<Dataset> split(DatasetConfig config, String split, long seed) {
    try {
      return Optional.of(open(config.withSplit(split), seed));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the message says that there is no such split
    }
  }

  /**
   * Opens a folder, ZIP or TAR of pictures to be measured or shown, such as generated samples, or
   * CIFAR-10's own archives. Class folders are used where there are any; without them {@link
   * Dataset#classes} is empty.
   *
   * @param split as for {@link #open}; "" for everything
   * @param maxPixels an image with more pixels, by its header, is bad and is not decoded
   */
  public static Dataset pictures(Path path, String split, long maxPixels) {
    return open(FileStores.open(path), path.toString(), split, maxPixels, true);
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
   * A data set as a network sees it in training: the same samples, each brought to one size.
   *
   * @param side in pixels; 0 leaves every image as it is
   * @return a view; closing it closes the data set
   */
  public static Dataset resized(Dataset dataset, int side, Resize resize) {
    return side == 0 ? dataset : new ResizedDataset(dataset, side, resize);
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
