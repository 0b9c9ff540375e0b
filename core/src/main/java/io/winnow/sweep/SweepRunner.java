package io.winnow.sweep;

import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Does the runs of a sweep that are not up to date. A run that fails does not keep the others from
 * running; the same call again goes on with what is missing.
 */
public final class SweepRunner {
  private static final long POLL_MILLIS = 200;

  private final Sweep sweep;
  private final SweepLayout layout;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final LongSupplier nanos;
  private final Queue<SweepRun> waiting;
  private final RunStatuses statuses;
  private SweepProgress progress;
  private Throwable ended; // why no further run begins; null: nothing

  /**
   * @param nanos a clock that only goes forward
   */
  public SweepRunner(
      Sweep sweep,
      SweepLayout layout,
      Progress listener,
      BooleanSupplier stop,
      LongSupplier nanos) {
    this.sweep = sweep;
    this.layout = layout;
    this.listener = listener;
    this.stop = stop;
    this.nanos = nanos;
    this.waiting = new ArrayDeque<>(sweep.runs());
    this.statuses = new RunStatuses(sweep, layout);
  }

  /**
   * Does all runs; those that are up to date are looked at alone.
   *
   * @param runners that do them, each one at a time
   * @throws IllegalArgumentException when the folder is another's, or another process works on it
   * @throws Interrupted when a stop was requested; the same call goes on
   */
  public void run(List<Runs> runners) {
    refuseForeign();
    try (FileChannel lock = locked(layout.lock());
        FileChannel none = alone()) {
      AtomicFile.writeString(layout.sweep(), sweep.yaml());
      none.close();
      progress = new SweepProgress(listener, sweep.name(), waiting.size(), runners.size(), nanos);
      work(runners);
    } catch (IOException e) {
      throw FileFailure.unwritable(layout.folder(), e);
    }
  }

  private void work(List<Runs> runners) {
    List<Thread> threads = new ArrayList<>();
    for (Runs runner : runners.subList(1, runners.size())) {
      Thread thread = new Thread(() -> loop(runner), "winnow-sweep-" + threads.size());
      threads.add(thread);
      thread.start();
    }
    loop(runners.get(0));
    threads.forEach(SweepRunner::join);
    progress.end();
    if (ended instanceof RuntimeException e) {
      throw e;
    }
    if (ended instanceof Error e) {
      throw e;
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted("table");
    }
  }

  private void loop(Runs runner) {
    try {
      for (SweepRun run = next(); run != null; run = next()) {
        Progress own = progress.begin(run);
        Path reason = layout.failure(run);
        Files.deleteIfExists(reason); // of an earlier attempt
        String failure = runner.run(run, own);
        if (failure != null && !Files.exists(reason)) {
          AtomicFile.writeString(reason, failure + "\n"); // nobody was left to write it
        }
        progress.end(run, failure);
      }
    } catch (IOException e) {
      end(FileFailure.unwritable(layout.folder(), e));
    } catch (RuntimeException | Error e) {
      end(e);
    }
  }

  private synchronized void end(Throwable why) {
    ended = ended == null ? why : ended;
  }

  private synchronized SweepRun next() {
    if (ended != null) {
      return null;
    }
    if (stop.getAsBoolean()) {
      throw new Interrupted("table");
    }
    progress.know(statuses.costs());
    return waiting.poll();
  }

  /** A folder with something else in it is not taken over. */
  private void refuseForeign() {
    Path folder = layout.folder();
    if (!Files.exists(folder) || Files.exists(layout.sweep())) {
      return;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      if (inside.anyMatch(p -> !p.getFileName().toString().startsWith("."))) {
        throw new IllegalArgumentException(
            folder
                + ": not empty and no sweep (no sweep.yaml); expected a new folder or that of a"
                + " sweep. Choose another with --out.");
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(folder, e);
    }
  }

  private FileChannel locked(Path file) throws IOException {
    Files.createDirectories(layout.folder());
    FileChannel channel = open(file);
    if (tryLock(channel, false)) {
      return channel;
    }
    channel.close();
    throw new IllegalArgumentException(
        layout.folder()
            + ": another process works on this sweep. Wait for it, or choose another folder with"
            + " --out.");
  }

  /** Waits for processes of an earlier call that was killed: they save and end. */
  private FileChannel alone() throws IOException {
    FileChannel channel = open(layout.workers());
    boolean told = false;
    while (!tryLock(channel, false)) {
      if (!told) {
        listener.note("processes of an earlier call are ending; waiting for them");
        told = true;
      }
      pauseUnless(stop, channel);
    }
    return channel;
  }

  private static void pauseUnless(BooleanSupplier stop, FileChannel channel) throws IOException {
    if (stop.getAsBoolean()) {
      channel.close();
      throw new Interrupted("table");
    }
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted("table");
    }
  }

  /**
   * Holds the lock of a process that works on runs for another one, until it is closed.
   *
   * @param stop ends the waiting for it
   * @throws IOException when the folder cannot be written
   * @throws Interrupted when a stop was requested before it was held
   */
  public static AutoCloseable workerLock(SweepLayout layout, BooleanSupplier stop)
      throws IOException {
    FileChannel channel = open(layout.workers());
    while (!tryLock(channel, true)) {
      pauseUnless(stop, channel);
    }
    return channel;
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static boolean tryLock(FileChannel channel, boolean shared) throws IOException {
    try {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // of this process
    }
  }
}
