package io.winnow.weights.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Closes a stream that gives nothing for too long, so that whoever waits for it fails instead of
 * waiting for ever.
 */
final class StallGuard implements AutoCloseable {
  private final InputStream stream;
  private final long patienceNanos;
  private final AtomicLong last = new AtomicLong(System.nanoTime());
  private final Thread watcher;

  StallGuard(InputStream stream, Duration patience) {
    this.stream = stream;
    patienceNanos = patience.toNanos();
    watcher = new Thread(this::watch, "winnow-fetch-watch");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** Something came. */
  void progress() {
    last.set(System.nanoTime());
  }

  private void watch() {
    try {
      long idle = 0;
      while (idle < patienceNanos) {
        Thread.sleep(Math.max(1, (patienceNanos - idle) / 1_000_000));
        idle = System.nanoTime() - last.get();
      }
      stream.close();
    } catch (InterruptedException e) {
      // The transfer has ended.
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The reader learns of it by its own exception.
      return;
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
