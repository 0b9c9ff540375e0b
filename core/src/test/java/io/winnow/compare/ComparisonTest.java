package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Metric;
import io.winnow.artifact.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final Question USUAL = new Question(null, 0.05, null);

  @TempDir Path folder;
  private Path a;
  private Path b;

  @BeforeEach
  void sides() {
    a = folder.resolve("a");
    b = folder.resolve("b");
  }

  private static FinishedRun fd(long seed, double value) {
    return FinishedRun.of(seed).fd(value);
  }

  private static void write(Path side, FinishedRun... runs) {
    for (int i = 0; i < runs.length; i++) {
      runs[i].write(side.resolve("run" + i));
    }
  }

  private Comparison compare() {
    return Comparison.of(a, b, USUAL);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused() {
    return assertThatThrownBy(this::compare).isInstanceOf(IllegalArgumentException.class);
  }

  /** The sides have their seeds in different folders, and one each that the other has not. */
  @Test
  void seedsOfBoth_arePaired_whateverTheFoldersAreCalled() {
    write(a, fd(3, 10), fd(1, 20), fd(2, 40), fd(9, 1000));
    write(b, fd(0, 0.1), fd(2, 36.4), fd(3, 9), fd(1, 17.8));
    Comparison found = compare();
    assertThat(found.seeds()).containsExactly(1L, 2L, 3L);
    LogRatio expected = LogRatio.paired(new double[] {20, 40, 10}, new double[] {17.8, 36.4, 9});
    assertThat(found.found()).isEqualTo(expected);
    assertThat(found.ratio()).isCloseTo(0.9, within(0.001));
    assertThat(found.verdict()).isEqualTo(Verdict.BETTER);
    assertThat(found.interval()).isEqualTo(expected.interval(0.05));
    assertThat(found.leftOut(found.a())).containsExactly(9L);
    assertThat(found.leftOut(found.b())).containsExactly(0L);
    assertThat(found.needed()).extracting(SeedsNeeded::gap).contains(0.02, 0.05);
    assertThat(found.metric()).isEqualTo("fd-net@2k");
  }

  @Test
  void seedsOfOneSideAlone_areNotPaired() {
    write(a, fd(1, 10), fd(2, 11), fd(3, 12));
    write(b, fd(4, 10), fd(5, 11.5));
    Comparison found = compare();
    assertThat(found.seeds()).isEmpty();
    assertThat(found.found())
        .isEqualTo(LogRatio.unpaired(new double[] {10, 11, 12}, new double[] {10, 11.5}));
    assertThat(found.leftOut(found.a())).isEmpty();
  }

  /** One pair among more runs says less than all of them. */
  @Test
  void oneCommonSeedAmongOthers_isNoPair() {
    write(a, fd(1, 10), fd(2, 11));
    write(b, fd(2, 10), fd(3, 11.5));
    assertThat(compare().seeds()).isEmpty();
    assertThat(compare().interval()).isNotNull();
  }

  @Test
  void singleRuns_areNeverAVerdict_andSeedsAreCountedByAnAssumption() {
    fd(0, 10).write(a);
    fd(0, 1).write(b);
    Comparison found = Comparison.of(a, b, new Question(null, 0.05, 0.01));
    assertThat(found.verdict()).isEqualTo(Verdict.CANNOT_TELL);
    assertThat(found.interval()).isNull();
    assertThat(found.pValue()).isNull();
    assertThat(found.variationA()).isNull();
    assertThat(found.needed())
        .extracting(SeedsNeeded::assumedVariation)
        .containsExactly(0.01, 0.02, 0.01, 0.02, 0.01, 0.02, 0.01, 0.02);
    assertThat(found.needed())
        .extracting(SeedsNeeded::gap)
        .containsExactly(0.9, 0.9, 0.01, 0.01, 0.02, 0.02, 0.05, 0.05);
  }

  @Test
  void spread_isTheCoefficientOfVariation() {
    write(a, fd(1, 10), fd(2, 10.4));
    write(b, fd(1, 10), fd(2, 10.2));
    double s = Math.log(1.04) / Math.sqrt(2);
    assertThat(compare().variationA()).isCloseTo(Math.sqrt(Math.exp(s * s) - 1), within(1e-12));
    assertThat(compare().variationB()).isCloseTo(0.014, within(1e-4));
  }

  @Test
  void classes_andSetsOfSamples_areAveragedGeometrically() {
    write(
        a,
        FinishedRun.of(1).fd(5).classFd(2, 8).samplingSeed(11).classFd(4, 4),
        FinishedRun.of(2).fd(5).classFd(2, 8).samplingSeed(11).classFd(4, 4));
    write(
        b,
        FinishedRun.of(1).fd(5).classFd(1, 16).samplingSeed(11).classFd(4, 4),
        FinishedRun.of(2).fd(5).classFd(1, 4).samplingSeed(11).classFd(4, 1));
    Comparison found = Comparison.of(a, b, new Question("class-fd", 0.05, null));
    assertThat(found.metric()).isEqualTo("class-fd-net");
    assertThat(found.others()).containsExactly("fd-net@2k");
    assertThat(found.a().get(1L)).isCloseTo(4, within(1e-12));
    assertThat(found.b().get(1L)).isCloseTo(4, within(1e-12));
    assertThat(found.b().get(2L)).isCloseTo(2, within(1e-12));
  }

  @Test
  void metric_isTheRecipesFirstDistance_ofTheRunsOwnModel() {
    FinishedRun[] runs = new FinishedRun[4];
    for (int i = 0; i < 4; i++) {
      runs[i] =
          FinishedRun.of(i % 2)
              .metric(Metric.Kind.CLASS_AGREEMENT, null, 0.5)
              .variant(Metric.FLOOR)
              .fd(0.1)
              .variant("unweighted")
              .fd(77)
              .variant(null)
              .metric(Metric.Kind.CMMD, null, 3 + i)
              .fd(10);
    }
    write(a, runs[0], runs[1]);
    write(b, runs[2], runs[3]);
    assertThat(compare().metric()).isEqualTo("cmmd@2k");
    assertThat(compare().others()).containsExactly("fd-net@2k");
    for (String name : List.of("fd", "fd-net", "fd-net@2k")) {
      assertThat(Comparison.of(a, b, new Question(name, 0.05, null)).ratio()).isEqualTo(1);
    }
    assertThatThrownBy(() -> Comparison.of(a, b, new Question("fid", 0.05, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no distance \"fid\"; expected one of cmmd, fd-net.");
  }

  @Test
  void differences_areThoseOfTheRecipes_apartFromNameAndSeed() {
    write(a, fd(1, 10).set("prune.ratio", "0.10").set("prune.method", "moderate"));
    write(b, fd(1, 10).set("prune.ratio", "0.1").set("prune.method", "uniform").set("x", "1"));
    assertThat(compare().differences())
        .containsExactly(
            new Difference("prune.method", "moderate", "uniform"), new Difference("x", null, "1"));
  }

  /** A set that is drawn by the seed is another one for each pair, and the same within. */
  @Test
  void dataAndEncoderOfASeed_areComparedWithinPairs() {
    write(a, fd(1, 10).data("d1").reference("r1"), fd(2, 11).data("d2").reference("r2"));
    write(b, fd(1, 10).data("d1").reference("r1"), fd(2, 11).data("d2").reference("r2"));
    assertThat(compare().seeds()).hasSize(2);
    write(b, fd(3, 10).data("d1").reference("r1"), fd(4, 11).data("d2").reference("r2"));
    assertRefused().hasMessageContaining("images (sha256)");
  }

  @Test
  void otherData_isRefused_namingIt() {
    write(a, fd(1, 10));
    write(b, fd(1, 10).data("other"));
    assertRefused()
        .hasMessageContaining("images (sha256): data and other")
        .hasMessageContaining(a.resolve("run0") + " and " + b.resolve("run0"));
    write(b, fd(1, 10).reference("test"));
    assertRefused().hasMessageContaining("reference (sha256): none and test");
  }

  @Test
  void otherDataOfOneUnpairedRun_isRefused_onEitherSide() {
    write(a, fd(1, 10), fd(2, 11));
    write(b, fd(3, 10), fd(4, 11).data("other"));
    assertRefused().hasMessageContaining("images (sha256): data and other");
    write(a, fd(1, 10), fd(2, 11).data("other"));
    write(b, fd(3, 10), fd(4, 11));
    assertRefused().hasMessageContaining(a.resolve("run0") + " and " + a.resolve("run1"));
  }

  @Test
  void otherBudget_isRefused_namingIt() {
    write(a, fd(1, 10));
    write(b, fd(1, 10).updates(99));
    assertRefused()
        .hasMessageContaining("100 updates x 32 = 3,200 images and 99 updates x 32 = 3,168 images");
    write(b, fd(1, 10).set("train.batch", "16"));
    assertRefused().hasMessageContaining("100 updates x 16 = 1,600 images");
    write(b, fd(1, 10).updates(200).set("train.batch", "16"));
    assertThat(compare().differences()).containsExactly(new Difference("train.batch", "32", "16"));
  }

  @Test
  void otherCircumstances_areRefused_namingThem() {
    write(a, fd(1, 10));
    write(b, FinishedRun.of(1).n(500).fd(10));
    assertRefused().hasMessageContaining("samples of fd-net: 2000 and 500");
    write(b, FinishedRun.of(1).encoder("4567").fd(10));
    assertRefused()
        .hasMessageContaining("encoder (name, sha256, input)")
        .hasMessageContaining("4567");
    write(a, FinishedRun.of(1).classFd(1, 2, 3));
    write(b, FinishedRun.of(1).classFd(1, 2));
    assertRefused().hasMessageContaining("values of class-fd-net: 3 and 2");
  }

  @Test
  void unfinishedRun_isRefused() throws Exception {
    write(a, fd(1, 10));
    write(b, fd(1, 10).stage("sample", RunRecord.State.INTERRUPTED));
    assertRefused().hasMessageContaining("run0: not finished (stage sample is interrupted)");
    write(b, fd(1, 10).without("evaluate"));
    assertRefused().hasMessageContaining("not finished (stage evaluate has not run)");
    write(b, fd(1, 10));
    Files.delete(b.resolve("run0/speed-ups.json")); // as another recipe leaves it
    assertRefused().hasMessageContaining("run0: not finished (its recipe has changed since, or");
  }

  @Test
  void foldersThatAreNoSide_areRefused() throws Exception {
    write(a, fd(1, 10));
    assertRefused().hasMessageContaining("b: no such folder");
    Files.createDirectories(b);
    assertRefused().hasMessageContaining("b: no run in it (no run.json)");
    fd(1, 10).write(b.resolve("cell").resolve("1"));
    assertRefused().hasMessageContaining("The folders in it hold runs: give one of them.");
    b = Files.writeString(folder.resolve("file"), "x");
    assertRefused().hasMessageContaining("file: a file; expected a run's folder");
  }

  @Test
  void sameRunOnBothSides_isRefused() throws Exception {
    write(a, fd(1, 10), fd(2, 10));
    b = a;
    assertRefused().hasMessageContaining("is on both sides");
    b = a.resolve("run1");
    assertRefused().hasMessageContaining("is on both sides");
    b = Files.createSymbolicLink(folder.resolve("link"), a);
    assertRefused().hasMessageContaining("is on both sides");
  }

  @Test
  void cellsOfMixedRuns_areRefused() {
    write(a, fd(1, 10), fd(1, 11));
    fd(1, 10).write(b);
    assertRefused().hasMessageContaining("run0 and run1 both have seed 1");
    write(a, fd(1, 10).set("prune.ratio", "0.1"), fd(2, 10).set("prune.ratio", "0.2"));
    assertRefused().hasMessageContaining("differ in prune.ratio (0.1 and 0.2)");
    write(a, fd(1, 10).set("compute.threads", "1"), fd(2, 10).set("compute.threads", "2"));
    assertThat(compare().found().measured()).isFalse();
  }

  @Test
  void valuesWithoutALogarithm_areRefused() {
    write(a, fd(1, 10));
    write(b, fd(1, -0.001));
    assertRefused().hasMessageContaining("fd-net@2k is -0.001; expected more than 0");
    write(b, FinishedRun.of(1));
    assertRefused().hasMessageContaining("metrics.json holds no distance");
  }

  @Test
  void questions_haveRanges() {
    assertThatThrownBy(() -> new Question(null, 5, null)).hasMessageContaining("0.05 for 5 %");
    assertThatThrownBy(() -> new Question(null, 0, null)).hasMessageContaining("0.05 for 5 %");
    assertThatThrownBy(() -> new Question(null, 0.05, 3.0)).hasMessageContaining("0.03 for 3 %");
  }
}
