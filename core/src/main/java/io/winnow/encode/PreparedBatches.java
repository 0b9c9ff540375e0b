package io.winnow.encode;

import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.tensor.Workers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;

/**
 * Decodes and prepares the images of a data set ahead of the network: two batches at once, every
 * image by whichever thread is free, handed out in order.
 */
final class PreparedBatches implements AutoCloseable {
  private static final int AHEAD = 2;

  /**
   * One batch.
   *
   * @param first position of its first image in the data set
   * @param count B
   */
  record Batch(int first, int count) {
    long[] indices() {
      long[] indices = new long[count];
      for (int i = 0; i < count; i++) {
        indices[i] = (long) first + i;
      }
      return indices;
    }
  }

  private record Pending(Batch batch, List<Future<Tensor>> images) {}

  private final Dataset dataset;
  private final Encoder encoder;
  private final int size;
  private final Workers workers;
  private final Queue<Pending> pending = new ArrayDeque<>();
  private int next;

  /**
   * @param first position of the first image, a multiple of {@code size}: the batches lie on a
   *     grid, so that an image is always encoded beside the same others
   */
  PreparedBatches(Dataset dataset, Encoder encoder, int first, int size, int threads) {
    this.dataset = dataset;
    this.encoder = encoder;
    this.size = size;
    this.next = first;
    this.workers = new Workers("encode", threads);
    for (int i = 0; i < AHEAD; i++) {
      submit();
    }
  }

  private void submit() {
    int count = Math.min(size, dataset.size() - next);
    if (count <= 0) {
      return;
    }
    List<Future<Tensor>> images = new ArrayList<>(count);
    for (int i = next; i < next + count; i++) {
      int index = i;
      images.add(workers.submit(() -> prepared(index)));
    }
    pending.add(new Pending(new Batch(next, count), images));
    next += count;
  }

  private Tensor prepared(int index) {
    try (Scope scope = Scope.open()) {
      return Scope.immortal(encoder.prepare(dataset.image(index)));
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          "%s: %s cannot be encoded: %s. Leave bad images out of the data set first."
              .formatted(dataset.name(), dataset.id(index), e.getMessage()),
          e);
    }
  }

  boolean hasNext() {
    return !pending.isEmpty();
  }

  /** Where the next batch lies; {@link #take} gets its images. */
  Batch peek() {
    if (pending.isEmpty()) {
      throw new NoSuchElementException("all images were handed out");
    }
    return pending.element().batch();
  }

  /** The images of the next batch, [B, 3, S, S], float32, in the caller's scope. */
  Tensor take() {
    Pending head = pending.remove();
    try {
      List<Tensor> images = head.images().stream().map(Workers::result).toList();
      submit();
      return Tensors.stack(images);
    } finally {
      free(head);
    }
  }

  /** Ends the threads and frees the images that nobody asked for; waits for those in the making. */
  @Override
  public void close() {
    workers.close();
    pending.forEach(PreparedBatches::free);
    pending.clear();
  }

  private static void free(Pending batch) {
    batch.images().forEach(image -> Workers.discard(image, Tensor::close));
  }
}
