package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Quarantine;
import io.winnow.compare.FinishedRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir Path folder;

  private String run(String name, String data, double fd) {
    return FinishedRun.of(0).data(data).fd(fd).write(folder.resolve(name)).toString();
  }

  @Test
  void several_areOnePage_andOneIsItsOwn() {
    Path page = folder.resolve("page.html");
    CliRun both = CliRun.of("report", run("a", "d", 10), run("b", "d", 9), "--to", page.toString());
    assertThat(both.err()).isEmpty();
    assertThat(both.code()).isEqualTo(ExitCode.DONE);
    assertThat(both.out().strip()).isEqualTo(page.toString());
    assertThat(page).content().contains("b against a").contains("cannot tell yet");
    new Quarantine(5, List.of()).write(folder.resolve("c/quarantine.json"));
    CliRun one = CliRun.of("report", folder.resolve("c").toString());
    assertThat(one.out().strip()).isEqualTo(folder.resolve("c/report.html").toString());
    assertThat(folder.resolve("c/report.html")).exists();
  }

  @Test
  void mistakes_areMessages_andLeaveNoPage() {
    String a = run("a", "d", 10);
    String other = run("b", "elsewhere", 10);
    String page = folder.resolve("page.html").toString();
    CliRun data = CliRun.of("report", a, other, "--to", page);
    assertThat(data.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(data.err())
        .contains("images (sha256): d and elsewhere; expected the same data set")
        .doesNotContain("at io.winnow");
    assertThat(folder.resolve("page.html")).doesNotExist();
    assertThat(CliRun.of("report", a, "--to", page).err())
        .contains("--to " + page + ": is of several runs");
    assertThat(CliRun.of("report", a, other, "--out", page).err())
        .contains("--out " + page + ": is of one recipe");
    assertThat(CliRun.of("report", a, "nowhere", "--to", page).err())
        .contains("nowhere: no such folder; expected a run's folder");
    assertThat(CliRun.of("report").code()).isEqualTo(ExitCode.MISTAKE);
  }
}
