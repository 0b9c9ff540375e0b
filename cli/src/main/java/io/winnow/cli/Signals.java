package io.winnow.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * SIGTERM and SIGINT as a request: the work sees it at its next step, saves, and the process leaves
 * with the work's own exit code. Java turns both signals into a shutdown, so the request is a
 * shutdown hook that waits for the work to end.
 */
final class Signals implements BooleanSupplier {
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean requested;
  private volatile int code;

  /** True from the moment that a signal asked to stop. */
  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  /** Runs the work on this thread with the hook in place. */
  int during(IntSupplier work) {
    Thread hook = new Thread(this::stopAndWait, "winnow-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      code = work.getAsInt();
      return code;
    } finally {
      finished.countDown();
    }
  }

  private void stopAndWait() {
    if (finished.getCount() == 0) {
      return;
    }
    requested = true;
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // The signal's own status (128 + n) would hide whether the work was saved.
    Runtime.getRuntime().halt(code);
  }
}
