package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class InceptionScoreTest {
  private static final RandomStreams STREAMS = RandomStreams.of(9);

  private static Tensor logits(int n, int classes) {
    return STREAMS.normal(new long[] {n, classes}, "logits").mul(new Scalar(2.0));
  }

  private static Spread plain(double[][] rows, int... borders) {
    double[] scores = new double[borders.length - 1];
    for (int s = 0; s < scores.length; s++) {
      scores[s] = PlainMetrics.inceptionScore(Arrays.copyOfRange(rows, borders[s], borders[s + 1]));
    }
    double mean = Arrays.stream(scores).average().orElseThrow();
    double variance = Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum();
    return new Spread(mean, Math.sqrt(variance / scores.length));
  }

  private static void assertClose(Spread ours, Spread plain) {
    assertThat(ours.mean()).isCloseTo(plain.mean(), within(1e-11));
    assertThat(ours.std()).isCloseTo(plain.std(), within(1e-11));
  }

  @Test
  void inOrder_splitsAtTheFloorOfEveryShare() {
    try (Scope scope = Scope.open()) {
      Tensor logits = logits(11, 5);
      double[][] rows = PlainMetrics.rows(logits);
      assertClose(InceptionScore.inOrder(logits, 3), plain(rows, 0, 3, 7, 11));
      assertClose(InceptionScore.inOrder(logits, 1), plain(rows, 0, 11));
    }
  }

  @Test
  void inChunks_lastOneIsShorter_andCountsAsMuch() {
    try (Scope scope = Scope.open()) {
      Tensor logits = logits(11, 5);
      double[][] rows = PlainMetrics.rows(logits);
      assertClose(InceptionScore.inChunks(logits, 4), plain(rows, 0, 4, 8, 11));
      assertClose(InceptionScore.inChunks(logits.narrow(0, 0, 8), 4), plain(rows, 0, 4, 8));
    }
  }

  /** In order every split would hold one class alone and score 1. */
  @Test
  void of_rowsSortedByClass_areShuffledFirst() {
    try (Scope scope = Scope.open()) {
      Tensor sorted = byClass();
      assertThat(InceptionScore.inOrder(sorted, 4).mean()).isCloseTo(1, within(1e-9));
      assertThat(InceptionScore.of(sorted, 4, STREAMS).mean()).isGreaterThan(3);
      assertThat(InceptionScore.of(sorted, 4, RandomStreams.of(10)))
          .isNotEqualTo(InceptionScore.of(sorted, 4, STREAMS));
    }
  }

  /** Ten sure rows of each of four classes, one class behind the other, [40, 4]. */
  private static Tensor byClass() {
    return torch.eye(4).unsqueeze(1).repeat(1, 10, 1).reshape(40, 4).mul(new Scalar(1000.0));
  }

  @Test
  void of_oneSplit_holdsEveryRowOnce() {
    try (Scope scope = Scope.open()) {
      Tensor logits = logits(11, 5);
      assertClose(InceptionScore.of(logits, 1, STREAMS), InceptionScore.inOrder(logits, 1));
    }
  }

  @Test
  void score_ofNoInformation_isOne_ofPerfectClasses_isTheirNumber() {
    try (Scope scope = Scope.open()) {
      assertThat(InceptionScore.inOrder(torch.zeros(20, 10), 2)).isEqualTo(new Spread(1, 0));
      Tensor sure = torch.eye(10).repeat(4, 1).mul(new Scalar(1000.0)); // other p underflow to 0
      assertThat(InceptionScore.inOrder(sure, 4).mean()).isCloseTo(10, within(1e-9));
    }
  }

  @Test
  void splits_moreThanRowsOrNone_areRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> InceptionScore.inOrder(torch.zeros(3, 10), 10))
          .hasMessageContaining("3 rows in 10 splits");
      assertThatThrownBy(() -> InceptionScore.inOrder(torch.zeros(3, 10), 0))
          .hasMessageContaining("3 rows in 0 splits");
      assertThat(InceptionScore.inOrder(torch.zeros(3, 10), 3).mean()).isCloseTo(1, within(1e-12));
    }
  }
}
