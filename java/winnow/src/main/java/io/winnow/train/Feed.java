package io.winnow.train;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.bytedeco.pytorch.global.torch;

/**
 * The inputs of step after step: made on the spot, or one thread ahead of the trainer where that
 * thread does not fight with the trainer for cores (a GPU computes, or images have to be decoded).
 */
final class Feed implements AutoCloseable {
  private static final int DEPTH = 2;

  private final StepSource source;
  private final long totalSteps;
  private final ExecutorService thread; // null: on the spot
  private final BlockingQueue<Future<StepInputs>> ahead = new LinkedBlockingQueue<>();
  private long next;

  Feed(StepSource source, long firstStep, long totalSteps, boolean ahead) {
    this.source = source;
    this.totalSteps = totalSteps;
    this.next = firstStep;
    this.thread =
        ahead
            ? Executors.newSingleThreadExecutor(
                work -> {
                  Thread made = new Thread(work, "train-feed");
                  made.setDaemon(true);
                  return made;
                })
            : null;
    for (int i = 0; ahead && i < DEPTH; i++) {
      submit();
    }
  }

  private void submit() {
    if (next < totalSteps) {
      long step = next++;
      ahead.add(
          thread.submit(
              () -> {
                torch.set_num_threads(1);
                return source.at(step);
              }));
    }
  }

  /** Inputs of the next step; the caller closes them. */
  StepInputs next() {
    if (thread == null) {
      return source.at(next++);
    }
    StepInputs inputs = result(ahead.remove());
    submit();
    return inputs;
  }

  private static StepInputs result(Future<StepInputs> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for images", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("images could not be prepared", e.getCause());
    }
  }

  @Override
  public void close() {
    if (thread == null) {
      return;
    }
    thread.shutdown();
    ahead.forEach(Feed::free);
  }

  private static void free(Future<StepInputs> made) {
    try {
      result(made).close();
    } catch (RuntimeException e) {
      // A batch that failed and was never asked for fails nobody.
      return;
    }
  }
}
