package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.sweep.Runs;
import io.winnow.sweep.SweepLayout;
import io.winnow.sweep.SweepRun;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process for runs beside those that an earlier call has left behind. */
@Timeout(60)
class SweepWorkerTest {
  @TempDir Path folder;
  private final StringWriter said = new StringWriter();
  private final List<SweepRun> ran = new ArrayList<>();

  /** As the process holds it that begins the sweep anew. */
  private FileChannel held() throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(".workers.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.lock();
    return channel;
  }

  private int serve(InputStream in) throws Exception {
    PrintWriter out = new PrintWriter(said, true);
    Console console = new Console(out, out, Progress.SILENT, () -> false);
    return SweepWorker.serve(in, console, this::runs, new SweepLayout(folder));
  }

  private Runs runs(BooleanSupplier stop) {
    return (run, progress) -> {
      ran.add(run);
      return null;
    };
  }

  @Test
  void lockOfAnother_isWaitedFor_beforeRunsAreTaken() throws Exception {
    try (PipedOutputStream to = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(to)) {
      FutureTask<Integer> serving = new FutureTask<>(() -> serve(in));
      Thread thread = new Thread(serving);
      try (FileChannel lock = held()) {
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING && !serving.isDone()) {
          Thread.sleep(1);
        }
        assertThat(lock.isOpen()).isTrue();
        assertThat(said.toString()).isEmpty();
      }
      to.write("half\t3\n".getBytes(StandardCharsets.UTF_8));
      to.close();
      assertThat(serving.get()).isEqualTo(ExitCode.DONE);
    }
    assertThat(said.toString().lines()).containsExactly("ready", "done\t");
    assertThat(ran).containsExactly(new SweepRun("half", 3));
  }

  /** Nobody is there any more to ask for runs. */
  @Test
  void inputThatEnds_endsTheWaiting() throws Exception {
    try (FileChannel lock = held()) {
      assertThatThrownBy(() -> serve(new ByteArrayInputStream(new byte[0])))
          .isInstanceOf(Interrupted.class);
      assertThat(lock.isOpen()).isTrue();
    }
    assertThat(said.toString()).isEmpty();
    assertThat(ran).isEmpty();
  }
}
