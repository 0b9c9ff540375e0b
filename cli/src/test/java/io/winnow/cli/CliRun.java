package io.winnow.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/** One command, run in this process: its exit code and what it wrote. */
record CliRun(int code, String out, String err) {
  static CliRun of(String... args) {
    return until(() -> false, args);
  }

  /** Runs with a request to stop that the work asks about. */
  static CliRun until(BooleanSupplier stop, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code;
    try (PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      code = Main.execute(args, outStream, errStream, stop);
    }
    return new CliRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
