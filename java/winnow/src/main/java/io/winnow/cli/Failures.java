package io.winnow.cli;

import io.winnow.files.AtomicFile;
import io.winnow.pipeline.InterruptedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Turns an exception into a message and an exit code (style: what, where, and what to do). */
final class Failures {
  private Failures() {}

  /**
   * Prints what happened.
   *
   * @return the exit code
   */
  static int report(Throwable failure, PrintWriter err) {
    int code = codeOf(failure);
    if (code == ExitCode.DEFECT) {
      err.println("winnow: " + firstLine(failure));
      err.println("This is a defect of Winnow, or of the machine; please report it with:");
      failure.printStackTrace(err);
    } else {
      err.println("winnow: " + message(failure));
    }
    err.flush();
    return code;
  }

  private static int codeOf(Throwable failure) {
    if (failure instanceof InterruptedRun) {
      return ExitCode.RESUMABLE;
    }
    boolean mistake =
        failure instanceof IllegalArgumentException
            || failure instanceof UncheckedIOException
            || failure instanceof IOException;
    return mistake ? ExitCode.MISTAKE : ExitCode.DEFECT;
  }

  private static String message(Throwable failure) {
    if (failure instanceof IOException io && io.getMessage() != null) {
      String reason = AtomicFile.reason(io);
      return io.getMessage().contains(reason) ? io.getMessage() : io.getMessage() + ": " + reason;
    }
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** The engine puts a native stack trace with build paths behind its first line. */
  private static String firstLine(Throwable failure) {
    String message = message(failure);
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
