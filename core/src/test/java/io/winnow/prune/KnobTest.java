package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.prune.PruneStep.Clusters;
import io.winnow.prune.PruneStep.Duplicates;
import io.winnow.prune.PruneStep.Facilities;
import io.winnow.prune.PruneStep.Herded;
import io.winnow.prune.PruneStep.KCenter;
import io.winnow.prune.PruneStep.Losses;
import io.winnow.prune.PruneStep.Preset;
import io.winnow.prune.PruneStep.Stratified;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KnobTest {
  private static final Grouping WHOLE = Grouping.GLOBAL;

  /** A step of every kind with these numbers and everything else said. */
  private static List<PruneStep> steps(double ratio, double eps, double drop) {
    return List.of(
        new Duplicates(eps, 2, NearDuplicates.Keep.EASY, null),
        new Duplicates(null, 2, NearDuplicates.Keep.EASY, ratio),
        new Stratified(drop, 5, ratio, 0.1),
        new Preset(Method.GAUSSIAN, ratio, 0.1),
        new Clusters(3, ClusterSelection.NEAREST, PruneStep.Quota.EQUAL, ratio, 0.1),
        new KCenter(WHOLE, ratio, 0.1),
        new Herded(WHOLE, ratio, 0.1),
        new Facilities(WHOLE, ratio, 0.1),
        new Losses("net", "reference", 3, RankRule.LOWEST, WHOLE, ratio, 0.1));
  }

  private static PruneConfig block(List<PruneStep> steps) {
    return PruneConfig.of(Method.MODERATE, 0.6).with(0.6, steps);
  }

  @Test
  void numbers_areThoseOfLateStepsFirst_eachChangedAlone() {
    List<PruneStep> steps = steps(0.5, 0.5, 0.5);
    List<Knob> knobs = Knob.of(block(steps));
    assertThat(knobs.stream().map(Knob::key))
        .containsExactly(
            "prune.steps[8].ratio",
            "prune.steps[7].ratio",
            "prune.steps[6].ratio",
            "prune.steps[5].ratio",
            "prune.steps[4].ratio",
            "prune.steps[3].ratio",
            "prune.steps[2].ratio",
            "prune.steps[2].drop",
            "prune.steps[1].ratio",
            "prune.steps[0].eps");
    for (Knob knob : knobs) {
      assertThat(knob.value(block(steps))).isEqualTo(0.5);
      PruneConfig changed = knob.with(block(steps), 0.25);
      assertThat(knob.value(changed)).isEqualTo(0.25);
      boolean drop = knob.kind() == Knob.Kind.DROP;
      List<PruneStep> expected = new ArrayList<>(steps);
      PruneStep own = steps(drop ? 0.5 : 0.25, 0.25, drop ? 0.25 : 0.5).get(knob.step());
      expected.set(knob.step(), own);
      assertThat(changed).as(knob.key()).isEqualTo(block(expected));
    }
  }

  @Test
  void blocksOwnRatio_isANumberOfItsMethod_andOfAStepWithoutOne() {
    Knob own = new Knob(Knob.BLOCK, Knob.Kind.RATIO);
    PruneConfig method = PruneConfig.of(Method.MODERATE, 0.6);
    assertThat(Knob.of(method)).containsExactly(own);
    assertThat(own.key()).isEqualTo("prune.ratio");
    assertThat(own.value(method)).isEqualTo(0.6);
    assertThat(own.with(method, 0.25)).isEqualTo(PruneConfig.of(Method.MODERATE, 0.25));
    PruneStep shared = new KCenter(null, null, null);
    assertThat(Knob.of(block(List.of(shared)))).containsExactly(own);
    PruneStep alone = new Duplicates(null, null, null, null);
    assertThat(Knob.of(block(List.of(alone)))).containsExactly(own);
    PruneStep dropping = new Stratified(null, null, 0.5, null);
    assertThat(Knob.of(block(List.of(dropping))).stream().map(Knob::key))
        .containsExactly("prune.steps[0].ratio");
  }

  @Test
  void ends_areThoseOfTheRange_onTheWayToMoreRowsOrFewer() {
    long[][] ends = {{100, 1}, {0, 200}, {0, 99}};
    for (Knob.Kind kind : Knob.Kind.values()) {
      Knob knob = new Knob(0, kind);
      long[] end = ends[List.of(Knob.Kind.values()).indexOf(kind)];
      assertThat(knob.end(true, 100)).as("%s", kind).isEqualTo(end[0]);
      assertThat(knob.end(false, 100)).as("%s", kind).isEqualTo(end[1]);
    }
  }
}
