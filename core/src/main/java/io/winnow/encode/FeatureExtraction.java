package io.winnow.encode;

import io.winnow.artifact.FeatureWriter;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.data.Dataset;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Encodes a data set. Decoding and preprocessing run ahead in threads of their own; features go to
 * disk shard by shard, so memory does not grow with the data set, and an interrupted extraction
 * goes on at its last whole shard with the same bytes as an undisturbed one.
 */
public final class FeatureExtraction {
  private FeatureExtraction() {}

  /**
   * How far an extraction has come.
   *
   * @param done images encoded so far, those of an earlier run included
   * @param total images of the data set
   * @param imagesPerSecond since this run began
   */
  public record Progress(long done, long total, double imagesPerSecond) {}

  /** Hears of every batch. */
  @FunctionalInterface
  public interface Listener {
    void onBatch(Progress progress);
  }

  /** Receives the features of consecutive images; the rows belong to the caller's scope. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes the rows; what should live longer has to be copied.
     *
     * @param first position of the first image in the data set
     * @param rows [B, D], float32, on the CPU
     */
    void accept(int first, Tensor rows);
  }

  /**
   * Encodes into a folder of {@link Features}; goes on with an interrupted one, and does nothing
   * where it already holds this encoder's features of these images. Features of other images, or of
   * images that were replaced under the same names, are made again.
   *
   * @param images identifies the images by their contents and order, as {@code Inventory.hash}
   * @param batch images per call of the network
   * @param threads that decode and prepare
   * @param stop asked after every batch
   * @return whether the folder is finished; false after a stop, and then the same call goes on
   * @throws IllegalArgumentException when the folder holds a part of another encoder's features, or
   *     an image cannot be decoded
   */
  public static boolean run(
      Dataset dataset,
      String images,
      Encoder encoder,
      Path folder,
      int batch,
      int threads,
      Listener listener,
      BooleanSupplier stop) {
    boolean finished = FeatureFolder.isFinished(folder);
    if (finished && FeatureFolder.areOf(folder, images) && holds(folder, dataset, encoder)) {
      return true;
    }
    FeatureWriter writer =
        finished
            ? FeatureWriter.create(folder, encoder.identity(), dataset.classes(), images)
            : FeatureWriter.resume(folder, encoder.identity(), dataset.classes(), images);
    boolean complete =
        stream(
            dataset,
            encoder,
            Math.toIntExact(writer.rowsWritten()),
            batch,
            threads,
            (first, rows) ->
                writer.append(rows, ids(dataset, first, rows), labels(dataset, first, rows)),
            listener,
            stop);
    if (complete) {
      writer.finish();
    }
    return complete;
  }

  private static boolean holds(Path folder, Dataset dataset, Encoder encoder) {
    try (Features features = FeatureFolder.read(folder)) {
      boolean same = features.encoder().equals(encoder.identity());
      for (int i = 0; same && i < dataset.size(); i++) {
        same = i < features.rows() && features.ids().get(i).equals(dataset.id(i));
      }
      return same && features.rows() == dataset.size();
    }
  }

  /**
   * Encodes without a folder, for statistics that need every feature once.
   *
   * @param from position of the first image wanted; the network still sees it in its usual batch
   * @return whether all images were encoded; false after a stop
   */
  public static boolean stream(
      Dataset dataset,
      Encoder encoder,
      int from,
      int batch,
      int threads,
      Sink sink,
      Listener listener,
      BooleanSupplier stop) {
    Rate rate = new Rate(from, dataset.size());
    int start = from / batch * batch;
    try (PreparedBatches batches = new PreparedBatches(dataset, encoder, start, batch, threads)) {
      while (batches.hasNext()) {
        if (stop.getAsBoolean()) {
          return false;
        }
        PreparedBatches.Batch at = batches.peek();
        try (Scope scope = Scope.open()) {
          Tensor rows = encoder.encodePrepared(batches.take(), at.indices()); // [B, D]
          requireFinite(dataset, encoder, at.first(), rows);
          int known = Math.max(0, from - at.first());
          sink.accept(at.first() + known, rows.narrow(0, known, at.count() - known));
        }
        listener.onBatch(rate.at(at.first() + at.count()));
      }
    }
    return true;
  }

  /** A value that is no number would turn every metric into one. */
  private static void requireFinite(Dataset dataset, Encoder encoder, int first, Tensor rows) {
    Tensor fine = rows.isfinite().all(1, false); // [B]
    if (!fine.all().item_bool()) {
      long row = fine.logical_not().nonzero().select(0, 0).item_long();
      throw new IllegalArgumentException(
          "%s %s: its feature by %s has a value that is NaN or infinite; expected finite numbers."
                  .formatted(
                      dataset.name(),
                      dataset.id(Math.toIntExact(first + row)),
                      encoder.identity().name())
              + " Is the weights file damaged? Check it with winnow weights check.");
    }
  }

  private static List<String> ids(Dataset dataset, int first, Tensor rows) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < rows.size(0); i++) {
      ids.add(dataset.id(first + i));
    }
    return ids;
  }

  private static int[] labels(Dataset dataset, int first, Tensor rows) {
    int[] labels = new int[Math.toIntExact(rows.size(0))];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = dataset.label(first + i);
    }
    return labels;
  }

  /** Images per second since the beginning of this run. */
  private static final class Rate {
    private final long from;
    private final long total;
    private final long startNanos = System.nanoTime();

    Rate(long from, long total) {
      this.from = from;
      this.total = total;
    }

    Progress at(long done) {
      double seconds = Math.max(1e-9, (System.nanoTime() - startNanos) * 1e-9);
      return new Progress(done, total, Math.max(0, done - from) / seconds);
    }
  }
}
