package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Metric;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideBySideTest {
  @TempDir Path folder;

  private Path side(String name, double... values) {
    for (int seed = 0; seed < values.length; seed++) {
      FinishedRun.of(seed)
          .set("prune.method", name.replaceAll(".*/", ""))
          .fd(values[seed])
          .classFd(values[seed], 4)
          .write(folder.resolve(name).resolve(Integer.toString(seed)));
    }
    return folder.resolve(name);
  }

  private static SideBySide of(Path... paths) {
    return SideBySide.of(List.of(paths), 0.05);
  }

  @Test
  void everySide_isComparedWithTheFirst_byEveryDistance() {
    Path a = side("x/a", 10, 12, 11);
    Path b = side("x/b", 9, 10.9, 9.8);
    Path c = side("y/b", 10, 12.1, 10.9);
    SideBySide found = of(a, b, c);
    assertThat(found.sides())
        .extracting(SideBySide.Entry::name)
        .containsExactly("x/a", "x/b", "y/b");
    assertThat(found.leftOut()).isEmpty();
    assertThat(found.sides().get(0).comparisons()).isEmpty();
    assertThat(found.sides().get(2).runs())
        .isEqualTo(Map.of(0L, c.resolve("0"), 1L, c.resolve("1"), 2L, c.resolve("2")));
    for (int i = 1; i < 3; i++) {
      Path other = List.of(a, b, c).get(i);
      assertThat(found.sides().get(i).comparisons())
          .containsExactly(
              Comparison.of(a, other, new Question("fd-net", 0.05, null)),
              Comparison.of(a, other, new Question("class-fd-net", 0.05, null)));
    }
    assertThat(found.sides().get(1).comparisons().get(0).verdict()).isEqualTo(Verdict.BETTER);
    assertThat(found.sides().get(2).comparisons().get(0).verdict()).isEqualTo(Verdict.CANNOT_TELL);
  }

  @Test
  void distancesThatNotAllHave_orThatHaveNoRatio_areNamed() {
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    FinishedRun.of(0).fd(10).metric(Metric.Kind.KID, null, -1e-4).classFd(1, 2).write(a);
    FinishedRun.of(0).fd(11).metric(Metric.Kind.KID, null, 1e-4).write(b);
    SideBySide found = of(a, b);
    assertThat(found.sides()).extracting(SideBySide.Entry::name).containsExactly("a", "b");
    assertThat(found.sides().get(1).comparisons())
        .extracting(Comparison::metric)
        .containsExactly("fd-net@2k");
    assertThat(found.leftOut())
        .containsExactly(
            "class-fd-net: " + b + " has none.",
            "kid-net: not all values are above 0, so there are no ratios.");
  }

  @Test
  void whatCannotBeCompared_isRefused_namingTheDifference() {
    Path a = side("a", 10, 11);
    Path b = side("b", 10, 11);
    Path other = FinishedRun.of(0).data("elsewhere").fd(1).write(folder.resolve("other"));
    assertThatThrownBy(() -> of(a, b, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("images (sha256): data and elsewhere; expected the same data set");
    assertThatThrownBy(() -> of(a, b, b.resolve("1")))
        .hasMessageContaining("is on both sides; expected different runs");
    assertThatThrownBy(() -> of(a)).hasMessageContaining("1 to compare; expected two or more");
    Path none = FinishedRun.of(0).metric(Metric.Kind.CMMD, null, 1).write(folder.resolve("none"));
    assertThatThrownBy(() -> of(a, none))
        .hasMessageContaining(
            "no distance that both have; expected one of [fd-net, class-fd-net] of both");
  }
}
