package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.compare.Comparison;
import io.winnow.compare.Verdict;
import io.winnow.config.ConfigException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cells against others, by folders of runs made by hand. */
class CellVerdictsTest {
  private static final String AXES =
      """
      seeds: [0, 1, 2]
      axes: {selection: {drawn: {prune.method: uniform}, scored: {}}, prune.ratio: [0.1, 0.2]}
      cells: {full: {prune.ratio: 1}}
      metrics: [fd, class-fd, worst-class-fd]
      """;
  private static final String AT_THE_SAME_RATIO = AXES + "against: {selection: drawn}\n";

  /** Student's t of two degrees of freedom, 97.5 %. */
  private static final double T = 4.302652729749464;

  @TempDir Path folder;
  private SmallSweep small;

  @BeforeEach
  void make() {
    small = new SmallSweep(folder);
  }

  private List<CellVerdicts> verdicts(Sweep sweep) {
    return SweepTable.of(sweep, small.layout()).verdicts();
  }

  private static List<String> pairs(List<CellVerdicts> verdicts) {
    return verdicts.stream().map(one -> one.cell() + " against " + one.against()).toList();
  }

  private Sweep allDone(String yaml) {
    Sweep sweep = small.read(yaml);
    sweep.runs().forEach(run -> small.done(sweep, run.cell(), run.seed(), 1, 1, 2));
    return sweep;
  }

  @Test
  void cells_areComparedWithTheOneAtTheirPlace() {
    assertThat(pairs(verdicts(allDone(AT_THE_SAME_RATIO))))
        .containsExactly(
            "scored-0.1 against drawn-0.1",
            "scored-0.2 against drawn-0.2",
            "full against drawn-0.1");
    assertThat(pairs(verdicts(small.read(AXES + "against: {prune.ratio: 0.2}"))))
        .containsExactly(
            "drawn-0.1 against drawn-0.2",
            "scored-0.1 against scored-0.2",
            "full against drawn-0.2");
    assertThat(pairs(verdicts(small.read(AXES + "against: {selection: scored, prune.ratio: 0.1}"))))
        .containsExactly(
            "drawn-0.1 against scored-0.1",
            "drawn-0.2 against scored-0.1",
            "scored-0.2 against scored-0.1",
            "full against scored-0.1");
  }

  @Test
  void withoutAPlace_allAreComparedWithTheFirst() {
    assertThat(pairs(verdicts(allDone(AXES))))
        .containsExactly(
            "drawn-0.2 against drawn-0.1",
            "scored-0.1 against drawn-0.1",
            "scored-0.2 against drawn-0.1",
            "full against drawn-0.1");
  }

  @Test
  void cellsThatAreAskedFor_areComparedWithOneThatIsNot() {
    Sweep sweep = allDone(AT_THE_SAME_RATIO);
    assertThat(pairs(verdicts(sweep.only(List.of("scored-0.2", "full")))))
        .containsExactly("scored-0.2 against drawn-0.2", "full against drawn-0.1");
  }

  /** The paired t interval, computed here by its formula; the third seed has one side alone. */
  @Test
  void verdict_isByTheSeedsThatAreDoneOnBothSides() {
    Sweep sweep = small.read(AT_THE_SAME_RATIO.replace("[0, 1, 2]", "[0, 1, 2, 3]"));
    double[] drawn = {10, 12, 17, 99};
    double[] ratios = {0.90, 0.92, 0.89};
    for (int seed = 0; seed < 4; seed++) {
      small.done(sweep, "drawn-0.1", seed, drawn[seed]);
    }
    for (int seed = 0; seed < 3; seed++) {
      small.done(sweep, "scored-0.1", seed, drawn[seed] * ratios[seed]);
    }
    CellVerdicts verdicts = verdicts(sweep).get(0);
    Comparison found = verdicts.by("fd-resnet20-cifar@2k");
    double mean = (Math.log(0.90) + Math.log(0.92) + Math.log(0.89)) / 3;
    double squares = 0;
    for (double ratio : ratios) {
      squares += Math.pow(Math.log(ratio) - mean, 2);
    }
    double half = T * Math.sqrt(squares / 2 / 3);
    assertThat(found.seeds()).containsExactly(0L, 1L, 2L);
    assertThat(found.ratio()).isCloseTo(Math.exp(mean), within(1e-12));
    assertThat(found.interval().low()).isCloseTo(Math.exp(mean - half), within(1e-9));
    assertThat(found.interval().high()).isCloseTo(Math.exp(mean + half), within(1e-9));
    assertThat(found.verdict()).isEqualTo(Verdict.BETTER);
    assertThat(TableFormat.TEXT.text(SweepTable.of(sweep, small.layout())))
        .contains("scored-0.1  drawn-0.1  fd-resnet20-cifar@2k  0.903  0.866 to 0.942   better");
  }

  /** Geometric means of 2 and 8, and of 3 and 27. */
  @Test
  void meanOverClasses_hasTheVerdictByClass_theWorstClassNone() {
    Sweep sweep = small.read(AT_THE_SAME_RATIO);
    small.done(sweep, "drawn-0.1", 0, 1, 2, 8);
    small.done(sweep, "scored-0.1", 0, 1, 3, 27);
    CellVerdicts verdicts = verdicts(sweep).get(0);
    assertThat(verdicts.by("fd-resnet20-cifar@200, class mean").ratio())
        .isCloseTo(9.0 / 4, within(1e-12));
    assertThat(verdicts.by("fd-resnet20-cifar@200, worst class")).isNull();
    assertThat(TableFormat.CSV.text(SweepTable.of(sweep, small.layout())))
        .contains("class mean\",15.0,")
        .contains("drawn-0.1,2.25")
        .contains("drawn-0.1,1.0,,,cannot tell yet");
  }

  @Test
  void whatCannotBeCompared_isSaid_andTheTableStands() {
    Sweep sweep =
        small.read(
            """
            axes: {length: {short: {train.steps: 4}, long: {train.steps: 8}}}
            metrics: [fd]
            """);
    small.done(sweep, "short", 0, 2);
    small.done(sweep, "long", 0, 1);
    assertThat(TableFormat.TEXT.text(SweepTable.of(sweep, small.layout())))
        .contains("long: not compared with short: ")
        .contains("budget: 4 updates x 16 = 64 images and 8 updates x 16 = 128 images")
        .doesNotContain("seeds for a verdict");
  }

  @Test
  void oneSeed_decidesNothing_andSaysHowManyItWouldTake() {
    Sweep sweep = small.read(AT_THE_SAME_RATIO);
    small.done(sweep, "drawn-0.1", 0, 1);
    small.done(sweep, "scored-0.1", 0, 1.02);
    assertThat(TableFormat.TEXT.text(SweepTable.of(sweep, small.layout())))
        .containsPattern("1\\.020 +- +cannot tell yet +1 +\\d+ to \\d+\n");
  }

  @Test
  void placeThatIsNone_isRefused() {
    assertThatThrownBy(() -> small.read(AXES + "against: {selektion: drawn}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("against.selektion: unknown axis. Did you mean selection?");
    assertThatThrownBy(() -> small.read(AXES + "against: {selection: [drawn, scored]}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("against.selection: unknown label [drawn, scored]");
    assertThatThrownBy(() -> small.read(AXES + "against: {seed: 0}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("against.seed: unknown axis");
  }
}
