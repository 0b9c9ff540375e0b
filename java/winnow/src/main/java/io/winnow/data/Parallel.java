package io.winnow.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Spreads independent items over threads. */
final class Parallel {
  private Parallel() {}

  /** Runs the work for 0 .. n-1 in any order; the first failure ends it and is thrown. */
  static void forEach(int n, int threads, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads, daemons("images"));
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        futures.add(
            pool.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
                    work.accept(i);
                  }
                }));
      }
      for (Future<?> future : futures) {
        result(future);
      }
    } finally {
      next.set(n);
      pool.shutdownNow();
    }
  }

  /** Waits for a result; a failure of the work is thrown as it was. */
  static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for images", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  static ThreadFactory daemons(String name) {
    return work -> {
      Thread thread = new Thread(work, "winnow-" + name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
