package io.winnow.cli;

import io.winnow.files.FileFailure;
import io.winnow.task.Interrupted;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

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

  /**
   * Prints what is wrong with a command line: a message and where to read on, or the usage where
   * nothing but the command is missing.
   *
   * @return the exit code
   */
  static int report(ParameterException mistake, PrintWriter out, PrintWriter err) {
    CommandLine command = mistake.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    boolean unmatched = mistake instanceof UnmatchedArgumentException;
    if (!command.getSubcommands().isEmpty() && !unmatched) {
      command.usage(out);
      return ExitCode.MISTAKE;
    }
    err.println(name + ": " + mistake.getMessage());
    UnmatchedArgumentException.printSuggestions(mistake, err);
    err.println("See " + name + " --help.");
    return ExitCode.MISTAKE;
  }

  private static int codeOf(Throwable failure) {
    if (failure instanceof Interrupted) {
      return ExitCode.RESUMABLE;
    }
    boolean mistake =
        failure instanceof IllegalArgumentException
            || failure instanceof UncheckedIOException
            || failure instanceof IOException
            || failure instanceof OutOfMemoryError
            || failure instanceof UnsatisfiedLinkError;
    return mistake ? ExitCode.MISTAKE : ExitCode.DEFECT;
  }

  private static String message(Throwable failure) {
    if (failure instanceof IOException io && io.getMessage() != null) {
      String reason = FileFailure.reason(io);
      return io.getMessage().contains(reason) ? io.getMessage() : io.getMessage() + ": " + reason;
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory ("
          + failure.getMessage()
          + "). Make the batches smaller (train.microBatch, encode.batch, sample.batch, --batch), or"
          + " let the Java heap grow with WINNOW_JAVA=-Xmx8g.";
    }
    if (failure instanceof UnsatisfiedLinkError) {
      return "a library of the engine could not be loaded ("
          + failure.getMessage()
          + "). winnow doctor says what is missing.";
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
