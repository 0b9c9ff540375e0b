package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {
  private static double[] random(int m) {
    RandomStreams streams = RandomStreams.of(11);
    return IntStream.range(0, m).mapToDouble(i -> streams.uniform("score", i)).toArray();
  }

  private static int[] kept(Selection rule, double ratio, double... scores) {
    return rule.select(scores, ratio).kept();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.1, 0.3, 0.5, 0.9, 0.99})
  void percentileStrict_withoutTies_keepsTheCeiling(double ratio) {
    for (int m = 2; m < 60; m++) {
      double exact = ratio * (m - 1);
      int expected = (int) Math.ceil(exact - 1e-9);
      assertThat(kept(new PercentileStrict(), ratio, random(m))).hasSize(expected);
    }
  }

  @Test
  void percentileStrict_positionOffByOneUlp_isSnapped() {
    assertThat(kept(new PercentileStrict(), 0.9, random(11))).hasSize(9);
  }

  @Test
  void percentileStrict_equalScoresOrOneScore_keepsNothing() {
    assertThat(kept(new PercentileStrict(), 0.5, 2, 2, 2)).isEmpty();
    assertThat(kept(new PercentileStrict(), 0.5, 2)).isEmpty();
  }

  @Test
  void topK_ties_goToTheLowerRow() {
    assertThat(kept(new TopK(), 0.5, 1, 3, 3, 3)).containsExactly(1, 2);
    assertThat(kept(new TopK(), 0.01, 1, 1)).containsExactly(0);
    assertThat(kept(new TopK(), 0.5, -0.0, 0.0, -1)).containsExactly(0, 1);
  }

  @Test
  void closest_ties_goToTheLowerRow() {
    assertThat(kept(new Closest(), 0.5, 3, 1, 1, 1)).containsExactly(1, 2);
  }

  @ParameterizedTest
  @CsvSource({"30, 0.1, 14, 16", "10, 0.1, 4, 6", "50000, 0.2, 20000, 30000"})
  void centralBand_roundsHalfToEven(int m, double ratio, int low, int high) {
    assertThat(CentralBand.low(m, ratio)).isEqualTo(low);
    assertThat(CentralBand.high(m, ratio)).isEqualTo(high);
  }

  @Test
  void centralBand_emptyInterval_keepsTheMiddle() {
    assertThat(CentralBand.low(2, 0.1)).isEqualTo(CentralBand.high(2, 0.1));
    assertThat(kept(new CentralBand(), 0.1, 7, 4)).containsExactly(0);
    assertThat(kept(new CentralBand(), 0.1, 7)).containsExactly(0);
  }

  @Test
  void cutoffs_areTheEndsOfWhatIsKept() {
    double[] scores = {5, 1, 4, 2, 3};
    assertThat(new CentralBand().select(scores, 0.6))
        .extracting(Selection.Selected::from, Selection.Selected::to)
        .containsExactly(2.0, 4.0);
    assertThat(new Closest().select(scores, 0.4))
        .extracting(Selection.Selected::from, Selection.Selected::to)
        .containsExactly(Double.NEGATIVE_INFINITY, 2.0);
    assertThat(new TopK().select(scores, 0.4))
        .extracting(Selection.Selected::from, Selection.Selected::to)
        .containsExactly(4.0, Double.POSITIVE_INFINITY);
    assertThat(new PercentileStrict().select(scores, 0.5))
        .extracting(Selection.Selected::from, Selection.Selected::to)
        .containsExactly(3.0, Double.POSITIVE_INFINITY);
    assertThat(PercentileStrict.cutoff(new double[] {5, 1, 4, 2, 30}, 0.125)).isEqualTo(17.5);
  }

  @Test
  void noScores_keepNothing() {
    for (Selection rule :
        new Selection[] {new PercentileStrict(), new TopK(), new Closest(), new CentralBand()}) {
      assertThat(kept(rule, 0.5)).isEmpty();
    }
  }

  @Test
  void sorted_minusZero_countsAsZero() {
    assertThat(Ranking.sorted(new double[] {0.0, -0.0, -1})).containsExactly(-1, 0.0, 0.0);
  }

  @Test
  void between_anyInterval_equalsAStableSort() {
    double[] scores = DoubleStream.of(random(40)).map(s -> Math.floor(s * 6)).toArray(); // ties
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted((a, b) -> Double.compare(scores[a], scores[b])) // stable
            .mapToInt(i -> i)
            .toArray();
    double[] ascending = Ranking.sorted(scores);
    for (int low = 0; low < scores.length; low++) {
      for (int high = low; high <= scores.length; high++) {
        int[] expected = Arrays.copyOfRange(order, low, high);
        Arrays.sort(expected);
        assertThat(Ranking.between(scores, ascending, low, high)).containsExactly(expected);
      }
    }
  }

  @Test
  void quota_round_isHalfToEvenAndNeverEmptyInUse() {
    assertThat(Quota.ROUND.counts(new int[] {5, 15, 4, 0}, 0.1)).containsExactly(0, 2, 0, 0);
    assertThat(Quota.ROUND.atLeastOne(new int[] {5, 15, 4, 0}, 0.1)).containsExactly(1, 2, 1, 0);
  }

  @Test
  void quota_largestRemainder_sumsToTheTotal() {
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {15, 15, 15}, 0.1))
        .containsExactly(2, 1, 1);
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {9, 11, 30}, 0.1)).containsExactly(1, 1, 3);
  }

  @Test
  void quota_equal_sharesWhatASmallClassLacks() {
    assertThat(Quota.EQUAL.counts(new int[] {2, 100, 50}, 0.5)).containsExactly(2, 37, 37);
    assertThat(Quota.EQUAL.counts(new int[] {2, 100, 30}, 0.5)).containsExactly(2, 34, 30);
  }
}
