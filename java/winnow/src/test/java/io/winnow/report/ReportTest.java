package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Quarantine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir Path folder;

  private String html() throws IOException {
    Report.write(folder);
    return Files.readString(folder.resolve("report.html"));
  }

  @Test
  void report_everythingThere_leavesNothingOut() throws IOException {
    SyntheticRun.write(folder);
    assertThat(html()).contains("shapes-moderate-20").doesNotContain("id=\"missing\"");
  }

  @Test
  void report_namesFromTheDataSet_areEscaped() throws IOException {
    SyntheticRun.write(folder);
    assertThat(html())
        .doesNotContain("<b>arrow")
        .doesNotContain("<huge>")
        .doesNotContain("# </pre><script>")
        .contains("&lt;huge&gt;");
  }

  @Test
  void report_sameFolderTwice_givesTheSameBytes() throws IOException {
    SyntheticRun.write(folder);
    assertThat(html()).isEqualTo(html());
  }

  @Test
  void report_onlyAQuarantine_listsWhatIsLeftOut() throws IOException {
    new Quarantine(5, List.of()).write(folder.resolve("quarantine.json"));
    assertThat(html())
        .contains("All 5 images of the data set could be used.")
        .contains("Left out")
        .contains("Speed-up (speed-ups.json)")
        .contains("Class weights (class-weights.json, class-weights.csv)");
  }

  @Test
  void report_noFolder_isRefused() {
    assertThatThrownBy(() -> Report.write(folder.resolve("none")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none: no such folder");
  }
}
