package io.winnow.cli;

import io.winnow.diffusion.SamplerConfig;
import io.winnow.encode.Precision;
import io.winnow.pipeline.Stage;
import io.winnow.task.Progress;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;

/** The command {@code winnow}. */
@Command(
    name = "winnow",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Trains diffusion models on the part of the data that matters.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a defect",
      "2:the user's mistake; the message says what to do",
      "3:interrupted with everything saved; the same command goes on",
      "4:a check failed"
    },
    subcommands = {
      EncodeCommand.class,
      RunCommand.class,
      PlanCommand.class,
      PruneCommand.class,
      ReweightCommand.class,
      TrainCommand.class,
      SampleCommand.class,
      ReportCommand.class,
      TableCommand.class,
      EvaluateCommand.class,
      CompareCommand.class,
      ExplainCommand.class,
      InspectCommand.class,
      DamageCommand.class,
      DoctorCommand.class,
      WeightsCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Main {
  private Main() {}

  /** Runs one command and leaves with its exit code. */
  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    boolean terminal = Boolean.getBoolean("winnow.terminal");
    PrintWriter errWriter = new PrintWriter(err, true, StandardCharsets.UTF_8);
    Progress progress = new ProgressDisplay(errWriter, terminal, System::nanoTime);
    Signals signals = new Signals();
    int code =
        signals.during(
            () -> {
              PrintWriter outWriter = new PrintWriter(out, false, StandardCharsets.UTF_8);
              int result = execute(args, new Console(outWriter, errWriter, progress, signals));
              outWriter.flush();
              out.flush();
              return result;
            });
    System.exit(code);
  }

  /**
   * Runs one command in this process.
   *
   * @param out results
   * @param err messages and progress, as plain lines
   * @return the exit code
   */
  public static int execute(String[] args, PrintStream out, PrintStream err) {
    return execute(args, out, err, () -> false);
  }

  /** As {@link #execute(String[], PrintStream, PrintStream)}, stopped when {@code stop} says so. */
  static int execute(String[] args, PrintStream out, PrintStream err, BooleanSupplier stop) {
    PrintWriter errWriter = new PrintWriter(err, true, StandardCharsets.UTF_8);
    PrintWriter outWriter = new PrintWriter(out, true, StandardCharsets.UTF_8);
    Progress progress = new ProgressDisplay(errWriter, false, System::nanoTime);
    return execute(args, new Console(outWriter, errWriter, progress, stop));
  }

  private static int execute(String[] args, Console console) {
    CommandLine line = new CommandLine(new Main(), new Commands(console));
    line.setOut(console.out());
    line.setErr(console.err());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    words(line, Stage.class);
    words(line, SamplerConfig.Method.class);
    words(line, SamplerConfig.Rule.class);
    words(line, Precision.class);
    words(line, TableOutput.class);
    line.setExecutionExceptionHandler(
        (failure, commandLine, parsed) -> Failures.report(failure, console.err()));
    line.setParameterExceptionHandler(
        (mistake, given) -> Failures.report(mistake, console.out(), console.err()));
    int code = run(line, args, console);
    console.out().flush();
    console.err().flush();
    return code;
  }

  /** Constants by the words that recipes use for them, and a message that lists those. */
  private static <E extends Enum<E>> void words(CommandLine line, Class<E> type) {
    Map<String, E> constants = new LinkedHashMap<>();
    for (E constant : type.getEnumConstants()) {
      constants.put(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
    }
    line.registerConverter(
        type,
        text -> {
          E found = constants.get(text.toLowerCase(Locale.ROOT));
          if (found == null) {
            throw new TypeConversionException(
                "\"" + text + "\"; expected one of " + String.join(", ", constants.keySet()));
          }
          return found;
        });
  }

  /** Errors (memory, missing libraries) pass by the handlers of exceptions. */
  private static int run(CommandLine line, String[] args, Console console) {
    try {
      return line.execute(args);
    } catch (OutOfMemoryError | LinkageError e) {
      return Failures.report(e, console.err());
    }
  }
}
