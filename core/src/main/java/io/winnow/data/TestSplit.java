package io.winnow.data;

import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Workers;
import java.util.List;
import java.util.Optional;

/**
 * Images of a data set that no training sees: the split named test beside the one that is trained
 * on; of {@link DatasetConfig.Type#SHAPES} pictures drawn from another stream. Images that cannot
 * be decoded, whose class the training does not have, or that do not come to the size of the
 * training images are left out.
 */
public final class TestSplit implements AutoCloseable {
  private static final String NAME = "test";
  private static final int SHAPES_SHARE = 5;
  private static final int FEWEST_SHAPES = 100;

  private final Dataset dataset;
  private final StreamedImages images;
  private final String identity;

  private TestSplit(Dataset dataset, StreamedImages images, String identity) {
    this.dataset = dataset;
    this.images = images;
    this.identity = identity;
  }

  /**
   * Opens the test split and reads its images once.
   *
   * @param config of the images that are trained on
   * @param seed as for {@link Datasets#open}
   * @param classes of the images that are trained on; the test images get their labels
   * @param training the images that are trained on, in the form that networks see
   * @return empty where there is none, and where everything under the path is trained on
   */
  public static Optional<TestSplit> of(
      DatasetConfig config, long seed, List<String> classes, ImageSource training) {
    Optional<Dataset> found = open(config, seed);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Dataset dataset = new Relabelled(found.get(), classes);
    try {
      int threads = Workers.readers();
      Inventory inventory = Inventory.of(dataset, threads, Progress.SILENT);
      Dataset usable = Datasets.subset(dataset, usable(inventory, config, training));
      if (usable.size() == 0) {
        dataset.close();
        return Optional.empty();
      }
      return Optional.of(
          new TestSplit(
              usable,
              new StreamedImages(usable, config.size(), config.resize(), threads),
              inventory.hash()));
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  private static Optional<Dataset> open(DatasetConfig config, long seed) {
    if (config.type() == DatasetConfig.Type.SHAPES) {
      int count = Math.max(FEWEST_SHAPES, config.count() / SHAPES_SHARE);
      return Optional.of(new ShapesDataset(count, RandomStreams.of(seed).bits("shapes.test")));
    }
    if (config.split().isEmpty() || config.split().equals(NAME)) {
      return Optional.empty();
    }
    return Datasets.split(config, NAME, seed);
  }

  private static int[] usable(Inventory inventory, DatasetConfig config, ImageSource training) {
    SquareResize resize =
        config.size() == 0 ? null : new SquareResize(config.size(), config.resize());
    return inventory.items().stream()
        .filter(item -> item.label() >= 0)
        .filter(
            item ->
                resize == null
                    ? item.width() == training.width() && item.height() == training.height()
                    : resize.takes(item.width(), item.height()))
        .mapToInt(Inventory.Item::index)
        .toArray();
  }

  /** The images, in the form of the training images. */
  public ImageSource images() {
    return images;
  }

  /** What they are, in words. */
  public String name() {
    return dataset.name();
  }

  /** Identifies images and labels. */
  public String identity() {
    return identity;
  }

  @Override
  public void close() {
    dataset.close();
  }

  /** A data set under the labels of another one's classes; -1 where it has no such class. */
  private static final class Relabelled implements Dataset {
    private final Dataset own;
    private final List<String> classes;

    Relabelled(Dataset own, List<String> classes) {
      this.own = own;
      this.classes = List.copyOf(classes);
    }

    @Override
    public String name() {
      return own.name();
    }

    @Override
    public int size() {
      return own.size();
    }

    @Override
    public List<String> classes() {
      return classes;
    }

    @Override
    public String id(int i) {
      return own.id(i);
    }

    @Override
    public int label(int i) {
      return classes.indexOf(own.classes().get(own.label(i)));
    }

    @Override
    public byte[] encoded(int i) {
      return own.encoded(i);
    }

    @Override
    public Image image(int i) throws BadImageException {
      return own.image(i);
    }

    @Override
    public void close() {
      own.close();
    }
  }
}
