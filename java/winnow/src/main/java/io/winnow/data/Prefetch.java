package io.winnow.data;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Workers;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;

/**
 * Batches prepared ahead of the trainer by threads, in the order of their schedule whatever the
 * number of threads. Close it to end the threads.
 */
public final class Prefetch implements Iterator<Prefetch.Batch>, AutoCloseable {
  /**
   * One batch.
   *
   * @param indices of its images, as scheduled, [B]
   * @param images [B, 3, H, W], uint8, CPU; belongs to the scope in which {@link #next} was called
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Batch(int[] indices, Tensor images) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Pending(int[] indices, Future<Tensor> images) {}

  private final ImageSource source;
  private final Iterator<int[]> schedule;
  private final Workers workers;
  private final Queue<Pending> pending = new ArrayDeque<>();

  /**
   * @param schedule the indices of batch after batch; asked on the caller's thread, at most {@code
   *     depth} batches ahead
   * @param depth how many batches are prepared at once, each by a thread of its own
   */
  public Prefetch(ImageSource source, Iterator<int[]> schedule, int depth) {
    this.source = source;
    this.schedule = schedule;
    this.workers = new Workers("prefetch", depth);
    for (int i = 0; i < depth; i++) {
      submit();
    }
  }

  private void submit() {
    if (schedule.hasNext()) {
      int[] indices = schedule.next();
      pending.add(new Pending(indices, workers.submit(() -> prepare(indices))));
    }
  }

  private Tensor prepare(int[] indices) {
    try (Scope scope = Scope.open()) {
      return Scope.immortal(source.batch(indices));
    }
  }

  @Override
  public boolean hasNext() {
    return !pending.isEmpty();
  }

  /**
   * The next batch; waits for it where it is not ready.
   *
   * @throws IllegalArgumentException naming the sample, when one could not be decoded
   */
  @Override
  public Batch next() {
    if (pending.isEmpty()) {
      throw new NoSuchElementException("the schedule has ended");
    }
    Pending head = pending.remove();
    try (Tensor made = Workers.result(head.images())) {
      submit();
      // A second handle on the same memory: it belongs to the scope of the thread that asks.
      return new Batch(head.indices(), made.alias());
    }
  }

  /**
   * Ends the threads and frees the batches that nobody asked for; waits for those in the making.
   */
  @Override
  public void close() {
    workers.close();
    pending.forEach(batch -> Workers.discard(batch.images(), Tensor::close));
    pending.clear();
  }
}
