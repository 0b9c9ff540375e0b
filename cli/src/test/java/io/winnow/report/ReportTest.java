package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Curve;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Quarantine;
import io.winnow.files.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** Value and detail of the headline numbers by their labels. */
  private static Map<String, String> tiles(String html) {
    Matcher tile =
        Pattern.compile("<dt>(.*?)</dt>\\s*<dd><strong>(.*?)</strong><span>(.*?)</span>")
            .matcher(html);
    Map<String, String> tiles = new LinkedHashMap<>();
    while (tile.find()) {
      tiles.put(tile.group(1), tile.group(2) + " | " + tile.group(3));
    }
    return tiles;
  }

  @Test
  void tiles_ofARun_areItsOwnNumbers() throws IOException {
    SyntheticRun.write(folder);
    int kept = CoresetFiles.read(folder.resolve("coreset.parquet")).kept().length;
    String share = Numbers.percent(Math.round(1000.0 * kept / 1200) / 1000.0);
    String html = html();
    assertThat(tiles(html))
        .containsEntry("Images kept", share + " | " + kept + " of 1,200")
        .containsEntry("fd-resnet18@1k", "14.27 | 1,000 samples; floor 6.40")
        .containsEntry("Class agreement", "87.4 % | of 1,000 samples")
        .containsEntry("Speed-up", "5.00× | per training run; 2.44× end to end")
        .containsEntry("Working time", "5 min 29 s | 7 stages")
        .containsEntry("Quarantined", "3 | of 1,203 images");
    assertThat(html)
        .contains(
            "Diffusion training on " + share + " of the data, chosen by moderate and reweighted");
    Files.delete(folder.resolve("class-weights.json"));
    assertThat(html()).contains("chosen by moderate.").doesNotContain("reweighted by class");
  }

  @Test
  void curves_ofEveryStagesFolder_areShown() throws IOException {
    for (String phase : List.of("reference", "proxy", "model")) {
      Files.createDirectories(folder.resolve(phase));
      Files.writeString(
          folder.resolve(phase + "/metrics.jsonl"),
          Json.string(new Curve.Point(phase, 10, 1, 0.5, 1, 1, 1, 1)) + "\n");
    }
    assertThat(html())
        .contains("reference ends at 0.500", "proxy ends at 0.500", "model ends at 0.500");
  }

  @Test
  void metricsPage_rowsAndTiles_areTheirOwnMetrics() throws IOException {
    Metric.Circumstances c =
        new Metric.Circumstances(
            new Metric.Sets(400, 900, "r"),
            new Metric.Extractor("e", "h", "z"),
            null,
            null,
            null,
            null,
            List.of("why"));
    Path file = folder.resolve("page.html");
    MetricsPage.write(
        file,
        "a title",
        new MetricsPage.Content(
            List.of(
                new Metric(Metric.Kind.FID, null, null, 12, c),
                new Metric(Metric.Kind.FID, null, null, 3, c.withVariant("floor")),
                new Metric(Metric.Kind.FID, 0, "zebra", 21, c),
                new Metric(Metric.Kind.FID, 1, "ant", 22, c)),
            Map.of("encoder", "e"),
            List.of("a warning"),
            null,
            folder));
    String html = Files.readString(file);
    assertThat(tiles(html))
        .containsExactly(
            Map.entry("fid@400", "12.00 | 400 samples"),
            Map.entry("floor of fid@400", "3.00 | 400 samples"));
    assertThat(rows(html))
        .containsExactly(
            "fid@400 12.00 400 900 why",
            "floor of fid@400 3.00 400 900 why",
            "zebra 21.00 400 900 why",
            "ant 22.00 400 900 why",
            "encoder e");
    assertThat(html).contains("<li>a warning</li>").contains("\"labels\":[\"zebra\",\"ant\"]");
    assertThat(html.replaceAll("\\s", "")).contains("\"values\":[21.0,22.0]");
  }

  /** Cells of all tables' rows, apart from heads. */
  private static List<String> rows(String html) {
    List<String> rows = new ArrayList<>();
    Matcher row = Pattern.compile("<tr>((?:\\s*<td[^>]*>[^<]*</td>)+)\\s*</tr>").matcher(html);
    while (row.find()) {
      rows.add(row.group(1).replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ").strip());
    }
    return rows;
  }
}
