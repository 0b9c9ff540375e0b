package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metrics;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FloorsOnPagesTest {
  private static Circumstances drawn(long n, String... notes) {
    return new Circumstances(
        new Metric.Sets(n, 40, "ref"),
        new Metric.Extractor("e", "0123456789", "resize"),
        new Metric.Sampling("ema", "ddim", 10, 0.3),
        0L,
        "float32",
        null,
        List.of(notes));
  }

  private static Metric fd(long n, double value, String variant, String... notes) {
    return new Metric(Metric.Kind.FD, null, null, value, drawn(n, notes).withVariant(variant));
  }

  private static Section section(Metric... metrics) {
    return EvaluationPanels.metrics(new Metrics(List.of(metrics)));
  }

  private static List<List<String>> rows(Section section) {
    return section.blocks().stream()
        .filter(Table.class::isInstance)
        .flatMap(block -> ((Table) block).rows().stream())
        .toList();
  }

  @Test
  void judgeThatSelected_isSaidOnce_aboveTheTable() {
    Section section =
        section(
            fd(10, 3, null, Metric.JUDGED_BY_SELECTOR, "n <= d"),
            fd(10, 4, "unweighted", Metric.JUDGED_BY_SELECTOR));
    assertThat(section.blocks().get(0))
        .isEqualTo(new Notes(true, List.of(Metric.JUDGED_BY_SELECTOR)));
    assertThat(rows(section)).hasSize(2);
    assertThat(rows(section).get(0).get(5)).endsWith("float32, n <= d");
    assertThat(section(fd(10, 3, null, "n <= d")).blocks()).hasOnlyElementsOfType(Table.class);
  }

  @Test
  void floors_areNamedByWhatTheyAreOf_andTheValueIsReadAgainstTheOneAtItsOwnCount() {
    Metric fd = fd(10, 3, null);
    Metric halves = fd(20, 1, Metric.FLOOR);
    Metric atN = fd(10, 2, Metric.FLOOR_AT_N);
    assertThat(rows(section(fd, halves, atN)))
        .extracting(row -> row.get(0) + " | " + row.get(2))
        .containsExactly(
            "fd-e@10 | this run", "fd-e@20 | floor", "fd-e@10 | floor at the samples' n");
    assertThat(section(fd).lead()).contains("as many images of the reference as there are samples");
    Metrics all = new Metrics(List.of(fd, halves, atN));
    assertThat(EvaluationPanels.floor(all, fd)).contains(atN);
    assertThat(EvaluationPanels.floor(new Metrics(List.of(fd, halves)), fd)).contains(halves);
    assertThat(EvaluationPanels.atCount(atN)).isEqualTo("; floor at n ");
    assertThat(EvaluationPanels.atCount(halves)).isEqualTo("; floor ");
    assertThat(EvaluationPanels.headline(all)).contains(fd);
  }

  @Test
  void classWise_hasTheFloorsAsASeriesOfTheirOwn() {
    Metric own = new Metric(Metric.Kind.FD, 0, "cat", 3, drawn(10));
    Metric floor =
        new Metric(Metric.Kind.FD, 0, "cat", 2, drawn(10).withVariant(Metric.FLOOR_AT_N));
    String text =
        EvaluationPanels.classWise(new Metrics(List.of(floor, own))).orElseThrow().blocks().stream()
            .map(Object::toString)
            .collect(Collectors.joining());
    assertThat(text).contains("this run").contains(EvaluationPanels.FLOOR_SERIES);
    assertThat(text.indexOf("this run")).isLessThan(text.indexOf(EvaluationPanels.FLOOR_SERIES));
  }
}
