package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.SpeedUps;
import io.winnow.compare.SideBySide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonPageTest {
  @TempDir Path folder;

  private String html(Path... sides) throws IOException {
    Path file = folder.resolve("page.html");
    ComparisonPage.write(file, SideBySide.of(List.of(sides), 0.05));
    return Files.readString(file);
  }

  /** Cells of all tables' rows and heads, joined by bars. */
  private static List<String> rows(String html) {
    List<String> rows = new ArrayList<>();
    Matcher row = Pattern.compile("<tr>(.*?)</tr>", Pattern.DOTALL).matcher(html);
    while (row.find()) {
      rows.add(
          row.group(1)
              .replaceAll("</t[dh]>\\s*<t[dh][^>]*>", " | ")
              .replaceAll("<[^>]*>", "")
              .strip());
    }
    return rows;
  }

  @Test
  void everyNumber_standsWithItsSide() throws IOException {
    String html =
        html(
            SideRunsFolder.write(folder.resolve("full"), "uniform", 10, 12, 11),
            SideRunsFolder.write(folder.resolve("near"), "moderate", 9, 10.9, 9.8),
            SideRunsFolder.write(folder.resolve("far"), "gaussian", 20));
    assertThat(rows(html))
        .contains(
            "Side | Distance | Ratio | Interval | Verdict | p | Seeds | Test",
            "near | fd-net@2k | 0.900 | 0.878 to 0.922 | better | 0.0028 | 3 | paired t test of the log ratio",
            "Key | full | near | far",
            "prune.method | uniform | moderate | gaussian",
            "Metric | full | near | far",
            "fd-net@2k | 11.00 ± 1.00 | 9.90 ± 0.954 | 20.00",
            "fd-net, mean of classes | 22.00 ± 2.00 | 19.80 ± 1.91 | 40.00",
            "fd-net, worst class | 33.00 ± 3.00 | 29.70 ± 2.86 | 60.00",
            "class-agreement@2k | 0.500 ± 0.000 | 0.500 ± 0.000 | 0.500",
            "Side | Runs | Per training run | End to end | At equal steps | Working time | Images",
            "near | 3 | 4.00× | ~2.00× | ~1.00× | 2.0 s | 2",
            "far | 1 | 3.00× | ~2.00× | ~1.00× | 2.0 s | 2");
    assertThat(html.replaceAll("\\s", ""))
        .contains("\"labels\":[\"class0\",\"class1\",\"class2\"]")
        .containsPattern(
            "\"name\":\"near\",\"tone\":\"l1\",\"values\":\\[9.9\\d*,19.[78]\\d*,29.[67]")
        .containsPattern(
            "\"labels\":\\[\"near,fd-net@2k\",\"near,class-fd-net\",\"far,fd-net@2k\"");
    assertThat(html).contains("near, far against full").contains("errs in 5 % of cases");
    assertThat(Pattern.compile("<img src=\"data:").matcher(html).results().count())
        .isEqualTo(3 * 3 * 6);
  }

  @Test
  void oneSeedEach_isNeverAVerdict_andSpeedUpsThatAreNotKnownAreLeftOut() throws IOException {
    Path a = SideRunsFolder.write(folder.resolve("a"), "x", 10);
    Path b = SideRunsFolder.write(folder.resolve("b"), "x", 5);
    new SpeedUps(List.of()).write(b.resolve("0/speed-ups.json"));
    String html = html(a, b);
    assertThat(rows(html))
        .contains(
            "b | fd-net@2k | 0.500 | – | cannot tell yet | – | 1 | none: the spread over seeds is not known from one",
            "b | 1 | – | – | – | 2.0 s | 2");
    assertThat(html).contains("Nothing but seeds and names.");
    assertThat(rows(html).toString()).doesNotContain("NaN");
    assertThat(html(a, b)).isEqualTo(html);
  }

  @Test
  void namesOfSides_areEscaped() throws IOException {
    Path a = SideRunsFolder.write(folder.resolve("<i>a"), "x", 10);
    Path b = SideRunsFolder.write(folder.resolve("</script>").resolve("<b>b"), "x", 5);
    assertThat(html(a, b)).doesNotContain("<i>a").doesNotContain("<b>b");
  }
}
