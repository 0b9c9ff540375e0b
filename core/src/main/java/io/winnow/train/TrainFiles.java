package io.winnow.train;

import java.nio.file.Path;

/**
 * Where a training run writes.
 *
 * @param stage its name in the curve: {@code reference}, {@code proxy} or {@code model}
 * @param state folder of the checkpoints
 * @param curve {@code metrics.jsonl}, which the stages of a run share
 */
public record TrainFiles(String stage, Path state, Path curve) {
  /** Folder of the stage's TensorBoard event files, beside the curve. */
  Path events() {
    return curve.resolveSibling("events").resolve(stage);
  }
}
