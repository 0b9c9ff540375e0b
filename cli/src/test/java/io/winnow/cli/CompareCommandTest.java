package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.compare.FinishedRun;
import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  @TempDir Path folder;

  private String side(String name, String method, double... values) {
    Path side = folder.resolve(name);
    for (int seed = 0; seed < values.length; seed++) {
      FinishedRun.of(seed)
          .set("prune.method", method)
          .fd(values[seed])
          .classFd(3, 4)
          .write(side.resolve(Integer.toString(seed)));
    }
    return side.toString();
  }

  @Test
  void cells_areComparedInWords() {
    CliRun run =
        CliRun.of(
            "compare",
            side("a", "uniform", 10, 12, 11),
            side("b", "moderate", 9, 10.9, 9.8),
            "--power",
            "0.01");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out())
        .contains("by fd-net@2k")
        .contains("       0    10.00000     9.00000    0.9000")
        .contains("verdict      B is better (two-sided error rate 5 %, p = 0.002")
        .contains("0.8997 of B over A, 95 % interval 0.87")
        .contains("paired t test of the log ratio over 3 seeds")
        .contains("gap of 10 % (as found): 3")
        .contains("gap of 1 %: ")
        .contains("gap of 5 %: ")
        .contains("prune.method: uniform, moderate")
        .contains("distances of these runs (--metric): class-fd-net");
  }

  @Test
  void oneSeed_isSaidToTellNothing() {
    CliRun run = CliRun.of("compare", side("a", "x", 10), side("b", "x", 5));
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out())
        .contains("cannot tell yet: the spread over seeds is not known from one seed")
        .contains("gap of 5 %: 5, assuming that seeds vary by 2 %")
        .contains("nothing but seeds and names")
        .doesNotContain("NaN")
        .doesNotContain("null");
  }

  @Test
  void json_hasTheSame() {
    CliRun run =
        CliRun.of(
            "compare",
            side("a", "x", 10, 12, 11),
            side("b", "x", 9.9, 12.2, 11),
            "--json",
            "--error",
            "0.1");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    Map<?, ?> json = Json.parse(run.out(), Map.class);
    assertThat(json.get("verdict")).isEqualTo("CANNOT_TELL");
    assertThat(json.get("errorRate")).isEqualTo(0.1);
    assertThat(((Map<?, ?>) json.get("a")).get("1")).isEqualTo(12.0);
    assertThat(json.get("pathA")).isEqualTo(folder.resolve("a").toString());
  }

  @Test
  void mistakes_haveExitCode2_andNoStackTrace() {
    String a = side("a", "x", 10, 12);
    CliRun same = CliRun.of("compare", a, a);
    assertThat(same.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(same.err()).contains("is on both sides").doesNotContain("at io.winnow");
    CliRun gap = CliRun.of("compare", a, side("b", "x", 10, 12), "--power", "3");
    assertThat(gap.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(gap.err()).contains("Write 0.03 for 3 %");
  }
}
