package io.winnow.train;

import java.nio.file.Path;

/** Training was asked to stop; a checkpoint is written and the same run can go on from it. */
public final class InterruptedTraining extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Position position;

  InterruptedTraining(Position position, Path state) {
    super(
        "training stopped after step "
            + position.step()
            + " (epoch "
            + position.epoch()
            + "); its state is in "
            + state
            + ". The same command goes on from there.");
    this.position = position;
  }

  public Position position() {
    return position;
  }
}
