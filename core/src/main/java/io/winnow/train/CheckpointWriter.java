package io.winnow.train;

import io.winnow.tensor.HostCopy;
import io.winnow.tensor.Workers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Writes checkpoints: on the spot, or beside the steps where a device computes them. Beside, a
 * checkpoint is first a copy in memory (page-locked, for CUDA), which later steps do not reach, and
 * one thread writes, hashes and renames it; the one before stays until it is complete. One is
 * written at a time, and a failure is thrown by the next call of any method here but close.
 */
final class CheckpointWriter implements AutoCloseable {
  private final Checkpoints checkpoints;
  private final TrainListener listener;
  private final Workers worker; // null: on the spot
  private Future<Path> written; // null: nothing is on its way
  private Position position; // of what is on its way

  CheckpointWriter(Checkpoints checkpoints, boolean aside, TrainListener listener) {
    this.checkpoints = checkpoints;
    this.listener = listener;
    this.worker = aside ? new Workers("checkpoint", 1) : null;
  }

  /** Writes a checkpoint, or begins to, once the one before it is written. */
  void write(Checkpoints.Live live, Snapshot snapshot) {
    if (worker == null) {
      listener.onCheckpoint(snapshot.position(), checkpoints.write(live.tensors(), snapshot));
      return;
    }
    await();
    Copies copies = new Copies(live.tensors());
    position = snapshot.position();
    written =
        worker.submit(
            () -> {
              torch.set_num_threads(1);
              try (copies) {
                return checkpoints.write(copies.tensors(), snapshot);
              }
            });
  }

  /** Tells of a checkpoint that has been written meanwhile. */
  void look() {
    if (written != null && written.isDone()) {
      await();
    }
  }

  /** Waits for what is on its way, and tells of it. */
  void await() {
    if (written == null) {
      return;
    }
    Future<Path> due = written;
    written = null;
    listener.onCheckpoint(position, Workers.result(due));
  }

  /** Lets a checkpoint that is on its way come to its end; its failure fails nobody here. */
  @Override
  public void close() {
    if (written != null) {
      Workers.discard(written, path -> {});
    }
    if (worker != null) {
      worker.close();
    }
  }

  /** Tensors as they were when this was made. */
  private static final class Copies implements AutoCloseable {
    private final Map<String, HostCopy> weights;
    private final Map<String, HostCopy> average;
    private final Map<String, HostCopy> optimizer;
    private final String kind;

    Copies(Checkpoints.Tensors live) {
      weights = snapshot(live.weights());
      average = snapshot(live.average());
      optimizer = snapshot(live.optimizer());
      kind = live.kind();
    }

    private static Map<String, HostCopy> snapshot(Map<String, Tensor> live) {
      Map<String, HostCopy> copies = new LinkedHashMap<>();
      live.forEach((name, tensor) -> copies.put(name, HostCopy.snapshot(tensor)));
      return copies;
    }

    Checkpoints.Tensors tensors() {
      return new Checkpoints.Tensors(values(weights), values(average), values(optimizer), kind);
    }

    private static Map<String, Tensor> values(Map<String, HostCopy> copies) {
      Map<String, Tensor> values = new LinkedHashMap<>();
      copies.forEach((name, copy) -> values.put(name, copy.values()));
      return values;
    }

    @Override
    public void close() {
      for (Map<String, HostCopy> copies : List.of(weights, average, optimizer)) {
        copies.values().forEach(HostCopy::close);
      }
    }
  }
}
