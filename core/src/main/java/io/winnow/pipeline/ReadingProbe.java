package io.winnow.pipeline;

import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.DecodedImages;
import io.winnow.data.Inventory;
import io.winnow.forecast.UnitCost;
import io.winnow.task.Progress;
import io.winnow.tensor.Workers;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Tries the reading of images: for the inventory of a run, and for its training. */
final class ReadingProbe {
  private static final double SECONDS = 1;
  private static final int FIRST = 128;

  private final RunData all;
  private final int threads = Workers.readers();

  ReadingProbe(RunData all) {
    this.all = all;
  }

  /**
   * Measures.
   *
   * @param inventory whether the run has yet to make it
   * @param held bytes of all images in memory; 0 where they are read as they are needed
   */
  Measured measure(boolean inventory, long held) {
    DatasetConfig config = all.config();
    double seconds = 0;
    if (inventory) {
      seconds += perImage(part -> Inventory.of(part, threads, Progress.SILENT));
    }
    if (held > 0) {
      seconds +=
          perImage(
              part -> DecodedImages.load(part, config.size(), config.resize(), threads).close());
    }
    return new Measured(UnitCost.once(seconds * all.size()), null);
  }

  /** More and more images until they take long enough. */
  private double perImage(Consumer<Dataset> read) {
    int count = Math.min(FIRST, all.size());
    double seconds = seconds(count, read);
    while (count < all.size() && seconds < SECONDS) {
      count = Math.min(all.size(), 2 * count);
      seconds = seconds(count, read);
    }
    return seconds / count;
  }

  private double seconds(int count, Consumer<Dataset> read) {
    Dataset part = Datasets.subset(all.dataset(), spread(all.size(), count));
    long began = System.nanoTime();
    read.accept(part);
    return (System.nanoTime() - began) / 1e9;
  }

  /** Positions spread evenly over all. */
  static int[] spread(int all, int count) {
    return IntStream.range(0, count).map(i -> (int) ((long) i * all / count)).toArray();
  }
}
