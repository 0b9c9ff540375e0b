package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void help_namesEveryCommandAndExitCode() {
    CliRun run = CliRun.of("--help");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).contains("doctor").contains("interrupted with everything saved");
  }

  @Test
  void version_namesWinnowJavaAndEngine() {
    assertThat(CliRun.of("--version").out())
        .contains("winnow ")
        .contains("LibTorch 2.")
        .doesNotContain("${");
  }

  @Test
  void unknownCommand_isTheUsersMistake_withASuggestion() {
    CliRun run = CliRun.of("docter");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("docter").contains("doctor");
  }

  @Test
  void doctor_onAWorkingMachine_findsTheEngine() {
    CliRun run = CliRun.of("doctor");
    assertThat(run.out()).contains("LibTorch").contains("BLAS").contains("CUDA");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
  }
}
