package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LossScoresTest {
  private static final double[][] LOSSES = {{1, 2, 3, 2}, {40, 40, 0, 80}}; // means 2 and 40

  @Test
  void difficulty_isTheMeanOfLossesInUnitsOfTheirLevel() {
    assertThat(LossScores.difficulty(LOSSES)).containsExactly(0.75, 1, 0.75, 1.5);
  }

  /** A level that costs nothing decides nothing. */
  @Test
  void difficulty_ofALevelWithoutLosses_isThatOfTheOthers() {
    assertThat(LossScores.difficulty(new double[][] {{0, 0}, {1, 3}})).containsExactly(0.25, 0.75);
  }

  @Test
  void margin_isTheMeanOfDifferences() {
    double[][] reference = {{1, 1, 1, 1}, {20, 60, 0, 60}};
    assertThat(LossScores.margin(LOSSES, reference)).containsExactly(10, -9.5, 1, 10.5);
  }

  private static final double[] SCORES = {5, 0, 4, 1, 3, 2, 2};

  private static int[] select(RankRule rule, Group group, int count) {
    return rule.select(SCORES, group, count).sorted().toArray();
  }

  /** Ascending, ties by row: 1, 3, 5, 6, 4, 2, 0. */
  @Test
  void rules_selectByRank_tiesByRow() {
    Group all = Group.whole(SCORES.length).get(0);
    assertThat(select(RankRule.LOWEST, all, 3)).containsExactly(1, 3, 5);
    assertThat(select(RankRule.HIGHEST, all, 3)).containsExactly(0, 2, 4);
    assertThat(select(RankRule.MIDDLE, all, 3)).containsExactly(4, 5, 6); // ranks 2 to 4
    assertThat(select(RankRule.INTERVAL, all, 3)).containsExactly(1, 4, 5); // ranks 0, 2, 4
    assertThat(select(RankRule.INTERVAL, all, 7)).containsExactly(0, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void rules_lookAtTheGroupAlone() {
    Group few = new Group(0, new int[] {0, 2, 6});
    for (RankRule rule : List.of(RankRule.LOWEST, RankRule.INTERVAL)) {
      assertThat(select(rule, few, 1)).as("%s", rule).containsExactly(6);
    }
    assertThat(select(RankRule.HIGHEST, few, 2)).containsExactly(0, 2);
    IntStream.rangeClosed(1, 3)
        .forEach(n -> assertThat(select(RankRule.INTERVAL, few, n)).hasSize(n));
  }
}
