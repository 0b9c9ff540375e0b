package io.winnow.encode;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.FeatureWriter;
import io.winnow.artifact.Features;
import io.winnow.data.Dataset;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.HostCopy;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Encodes a data set. Decoding and preprocessing run ahead in threads of their own; features go to
 * disk shard by shard, so memory does not grow with the data set, and an interrupted extraction
 * goes on at its last whole shard with the same bytes as an undisturbed one.
 */
public final class FeatureExtraction {
  private FeatureExtraction() {}

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
   * @param task names the work to {@code progress}, in images
   * @param stop asked before every batch
   * @throws Interrupted when {@code stop} says so; the same call goes on
   * @throws IllegalArgumentException when the folder holds a part of another encoder's features, or
   *     an image cannot be decoded
   */
  public static void run(
      Dataset dataset,
      String images,
      Encoder encoder,
      Path folder,
      int batch,
      int threads,
      String task,
      Progress progress,
      BooleanSupplier stop) {
    boolean finished = FeatureFolder.isFinished(folder);
    if (finished && FeatureFolder.areOf(folder, images) && holds(folder, dataset, encoder)) {
      return;
    }
    FeatureWriter writer =
        finished
            ? FeatureWriter.create(folder, encoder.identity(), dataset.classes(), images)
            : FeatureWriter.resume(folder, encoder.identity(), dataset.classes(), images);
    stream(
        dataset,
        encoder,
        Math.toIntExact(writer.rowsWritten()),
        batch,
        threads,
        (first, rows) ->
            writer.append(rows, ids(dataset, first, rows), labels(dataset, first, rows)),
        task,
        progress,
        stop);
    writer.finish();
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
   * @throws Interrupted when {@code stop} says so
   */
  public static void stream(
      Dataset dataset,
      Encoder encoder,
      int from,
      int batch,
      int threads,
      Sink sink,
      String task,
      Progress progress,
      BooleanSupplier stop) {
    int start = from / batch * batch;
    Reader reader = new Reader(dataset, encoder, from, sink, progress);
    Queue<Begun> begun = new ArrayDeque<>();
    progress.begin(task, "images", dataset.size(), start);
    try (PreparedBatches batches = new PreparedBatches(dataset, encoder, start, batch, threads)) {
      while (batches.hasNext() && !stop.getAsBoolean()) {
        begun.add(Begun.of(encoder, batches));
        if (begun.size() > encoder.ahead()) {
          reader.take(begun.remove());
        }
      }
      boolean stopped = batches.hasNext();
      while (!begun.isEmpty()) {
        reader.take(begun.remove());
      }
      if (stopped) {
        throw new Interrupted(task);
      }
    } finally {
      begun.forEach(one -> one.features().close());
      progress.end();
    }
  }

  /** Where the rows of a batch go once they are read; {@code from} is the first image wanted. */
  private record Reader(Dataset dataset, Encoder encoder, int from, Sink sink, Progress progress) {
    void take(Begun one) {
      PreparedBatches.Batch at = one.at();
      try (Scope scope = Scope.open();
          HostCopy features = one.features()) {
        Tensor rows = features.values(); // [B, D]
        requireFinite(dataset, encoder, at.first(), rows);
        int known = Math.max(0, from - at.first());
        sink.accept(at.first() + known, rows.narrow(0, known, at.count() - known));
      }
      progress.step(at.first() + at.count(), encoder.identity().name());
    }
  }

  /** A batch that an encoder was asked about. */
  private record Begun(PreparedBatches.Batch at, HostCopy features) {
    static Begun of(Encoder encoder, PreparedBatches batches) {
      PreparedBatches.Batch at = batches.peek();
      try (Scope scope = Scope.open()) {
        return new Begun(at, encoder.begin(batches.take(), at.indices()));
      }
    }
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
}
