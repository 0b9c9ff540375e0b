package io.winnow.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Looks at the machine: Java, the engine's libraries, BLAS, threads, CUDA; in plain words. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Looks at Java, the engine's libraries, BLAS, threads and CUDA, in plain words.")
final class DoctorCommand implements Callable<Integer> {
  private final Console console;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<NativeCheck.Finding> findings = NativeCheck.run();
    boolean ok = true;
    for (NativeCheck.Finding finding : findings) {
      ok &= finding.ok();
      console
          .out()
          .printf("%s %-13s %s%n", finding.ok() ? "ok  " : "FAIL", finding.name(), finding.value());
      if (!finding.advice().isEmpty()) {
        console.out().println("     -> " + finding.advice());
      }
    }
    return ok ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}
