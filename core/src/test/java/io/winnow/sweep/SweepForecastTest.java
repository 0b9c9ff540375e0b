package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.task.Notes;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sweep will cost: counted work, and what is shared once. */
class SweepForecastTest {
  private static final String SWEEP =
      """
      seeds: [0, 1]
      axes: {prune.ratio: [0.3, 0.5]}
      cells: {reweighted: {reweight.enabled: true}, all: {prune.ratio: 1, train.steps: 9}}
      exclude: [{cell: reweighted, seed: 1}, {prune.ratio: 0.5, seed: 1}, {cell: all, seed: 0}]
      """;

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private final Progress listener = new Notes(notes::add);

  private SweepForecast of(Sweep sweep, SmallSweep small) {
    return SweepForecast.of(
        sweep, small.layout(), new Rates(3600.0, 3_600_000.0), listener, () -> false);
  }

  private static Map<String, Long> units(RunCost cost) {
    Map<String, Long> units = new TreeMap<>();
    cost.stages().forEach(stage -> units.put(stage.stage(), stage.units()));
    return units;
  }

  @Test
  void cells_countTheirWork_andWhatIsSharedOnce() {
    SmallSweep small = new SmallSweep(folder);
    Sweep sweep = small.read(SWEEP);
    SweepForecast found = of(sweep, small);
    assertThat(small.layout().folder()).doesNotExist();
    assertThat(notes)
        .filteredOn(n -> n.startsWith("trying for"))
        .containsExactly("trying for 4 recipes: reweighted");
    assertThat(found.cells())
        .extracting(cell -> cell.cell() + " " + cell.seeds())
        .containsExactly("0.3 [0, 1]", "0.5 [0]", "reweighted [0]", "all [1]");
    assertThat(units(found.cells().get(0).cost())) // images are drawn by the seed: two classifiers
        .containsAllEntriesOf(Map.of("encoder", 8L, "encode", 2L, "train", 8L, "sample", 80L));
    assertThat(units(found.cells().get(1).cost()))
        .containsAllEntriesOf(Map.of("train", 4L, "sample", 40L))
        .doesNotContainKeys("encoder", "encode", "score", "reference");
    assertThat(units(found.cells().get(2).cost()))
        .containsKeys("reference", "reweight")
        .doesNotContainKeys("encoder", "score");
    assertThat(units(found.cells().get(3).cost()))
        .containsEntry("train", 9L)
        .doesNotContainKeys("encoder", "score");
    assertThat(found.cells().get(3).cost().trained()).isEqualTo(100);
    assertThat(units(found.all()))
        .containsEntry("train", 4L * 4 + 9)
        .containsEntry("read images", 0L);
    double seconds = found.cells().stream().mapToDouble(cell -> cell.cost().seconds()).sum();
    assertThat(found.all().seconds()).isCloseTo(seconds, within(1e-9));
    assertThat(found.all().price()).isCloseTo(seconds, within(1e-9));
    assertThat(found.all().kilowattHours()).isCloseTo(seconds, within(1e-9));
    assertThat(found.all().stages())
        .filteredOn(stage -> stage.units() > 0)
        .allSatisfy(stage -> assertThat(stage.seconds()).isPositive())
        .extracting(StageForecast::peakBytes)
        .isNotEmpty();
  }

  @Test
  void whatIsDone_costsNothing() {
    SmallSweep small = new SmallSweep(folder);
    Sweep sweep = small.read("axes: {prune.ratio: [0.3, 0.5]}");
    small.done(sweep, "0.3", 0, 1);
    SweepForecast half = of(sweep, small);
    assertThat(half.done()).isEqualTo(1);
    assertThat(half.cells()).extracting(SweepForecast.CellCost::cell).containsExactly("0.5");
    assertThat(units(half.all()))
        .doesNotContainKeys("encoder", "encode", "score")
        .containsEntry("train", 4L);
    small.done(sweep, "0.5", 0, 1);
    SweepForecast none = of(sweep, small);
    assertThat(none.cells()).isEmpty();
    assertThat(none.all().seconds()).isZero();
  }

  @Test
  void cellsThatWouldBeRefused_areAllNamed_beforeAnyIsTried() {
    SmallSweep small = new SmallSweep(folder);
    Sweep sweep =
        small.read(
            """
            cells:
              good: {}
              deep: {model.multipliers: [1, 1, 1, 1, 1, 1, 1]}
              lone: {encode.weights: nowhere.pt, encode.encoder: resnet20-cifar}
              many: {prune.steps: [{step: clusters, clusters: 101}]}
              more: {prune.steps: [{step: clusters, clusters: 101}], prune.ratio: 0.5}
            """);
    assertThatThrownBy(() -> of(sweep, small))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deep: model")
        .hasMessageContaining("\nlone: nowhere.pt")
        .hasMessageContaining("\nmany, more: prune.steps[0].clusters: 101, but at most 100 images")
        .message()
        .hasLineCount(3);
    assertThat(notes).isEmpty();
    SweepPlan plan = SweepPlan.of(sweep, small.layout());
    assertThat(plan.refusals()).hasSize(3);
    small.done(sweep, "deep", 0, 1);
    assertThat(SweepPlan.of(sweep, small.layout()).refusals()).as("it stands").hasSize(2);
    assertThat(SweepPlan.of(sweep.only(List.of("good")), small.layout()).refusals()).isEmpty();
  }
}
