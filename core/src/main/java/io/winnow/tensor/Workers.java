package io.winnow.tensor;

import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * Threads that work beside the caller's: for a number of independent items at once ({@link
 * #forEach}), or ahead of whoever asks for the results. They do not keep the process alive.
 */
public final class Workers implements AutoCloseable {
  private final ExecutorService pool;
  private volatile boolean closed;

  /**
   * @param name of the threads, behind "winnow-"
   */
  public Workers(String name, int threads) {
    pool =
        Executors.newFixedThreadPool(
            threads,
            work -> {
              Thread thread = new Thread(work, "winnow-" + name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Threads for reading and decoding images: as many as the engine has here; where it has one on
   * every core, one on every processor, as reading waits.
   */
  public static int readers() {
    int engine = torch.get_num_threads();
    return engine == Compute.physicalCores() ? Runtime.getRuntime().availableProcessors() : engine;
  }

  /**
   * Runs the work for 0 .. n-1 in any order. A failure ends it and is thrown once no thread is at
   * work any more, so that the caller may free what they worked on.
   */
  public static void forEach(int n, int threads, IntConsumer work) {
    AutoCloseable none = () -> {};
    forEach(n, threads, () -> none, (tool, i) -> work.accept(i));
  }

  /**
   * The same where every thread has something of its own to work with.
   *
   * @param tools makes a thread's, on that thread; closed there at the end
   */
  public static <T extends AutoCloseable> void forEach(
      int n, int threads, Supplier<T> tools, ObjIntConsumer<T> work) {
    AtomicInteger next = new AtomicInteger();
    Callable<Void> share =
        () -> {
          try (T tool = tools.get()) {
            for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
              work.accept(tool, i);
            }
            return null;
          } finally {
            next.set(n);
          }
        };
    int shares = Math.max(1, Math.min(n, threads));
    try (Workers workers = new Workers("each", shares)) {
      workers.pool.invokeAll(Collections.nCopies(shares, share)).forEach(Workers::result);
    } catch (InterruptedException e) {
      next.set(n);
      throw interrupted(e);
    }
  }

  /**
   * The same on as many threads as the engine has here, with one engine thread each: that uses the
   * cores better than products that are spread over threads do.
   */
  public static void besideEachOther(int n, IntConsumer work) {
    AutoCloseable none = () -> {};
    besideEachOther(n, () -> none, (tool, i) -> work.accept(i));
  }

  /** The same where every thread has something of its own to work with. */
  public static <T extends AutoCloseable> void besideEachOther(
      int n, Supplier<T> tools, ObjIntConsumer<T> work) {
    int before = torch.get_num_threads();
    try {
      Supplier<T> alone =
          () -> {
            torch.set_num_threads(1);
            return tools.get();
          };
      forEach(n, Math.min(before, n), alone, work);
    } finally {
      torch.set_num_threads(before); // the engine hands the last number on to new threads
    }
  }

  /** Has a result made; work that no thread has begun when this is closed gives null. */
  public <T> Future<T> submit(Callable<T> work) {
    return pool.submit(() -> closed ? null : work.call());
  }

  /** Waits for a result; a failure of the work is thrown as it was. */
  public static <T> T result(Future<T> made) {
    try {
      return made.get();
    } catch (InterruptedException e) {
      throw interrupted(e);
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

  /** Waits for a result that nobody wants any more and frees it. */
  public static <T> void discard(Future<T> made, Consumer<T> free) {
    try {
      T result = result(made);
      if (result != null) {
        free.accept(result);
      }
    } catch (RuntimeException e) {
      // Work that failed and was never asked for fails nobody.
      return;
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for other threads", e);
  }

  /** Lets the threads end; does not wait for them. */
  @Override
  public void close() {
    closed = true;
    pool.shutdown();
  }
}
