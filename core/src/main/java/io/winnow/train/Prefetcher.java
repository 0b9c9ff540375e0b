package io.winnow.train;

import io.winnow.tensor.Workers;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.global.torch;

/**
 * The inputs of step after step: made on the spot, or one thread ahead of the trainer where that
 * thread does not fight with the trainer for cores (a GPU computes, or images have to be decoded).
 */
final class Prefetcher implements AutoCloseable {
  private static final int DEPTH = 2;

  private final InputSource source;
  private final long totalSteps;
  private final Workers worker; // null: on the spot
  private final Queue<Future<StepInputs>> ahead = new ArrayDeque<>();
  private long next;

  Prefetcher(InputSource source, long firstStep, long totalSteps, boolean ahead) {
    this.source = source;
    this.totalSteps = totalSteps;
    this.next = firstStep;
    this.worker = ahead ? new Workers("train-feed", 1) : null;
    for (int i = 0; ahead && i < DEPTH; i++) {
      submit();
    }
  }

  private void submit() {
    if (next < totalSteps) {
      long step = next++;
      ahead.add(
          worker.submit(
              () -> {
                torch.set_num_threads(1);
                return source.at(step);
              }));
    }
  }

  /** Inputs of the next step; the caller closes them. */
  StepInputs next() {
    if (worker == null) {
      return source.at(next++);
    }
    StepInputs inputs = Workers.result(ahead.remove());
    submit();
    return inputs;
  }

  @Override
  public void close() {
    if (worker == null) {
      return;
    }
    worker.close();
    ahead.forEach(inputs -> Workers.discard(inputs, StepInputs::close));
  }
}
