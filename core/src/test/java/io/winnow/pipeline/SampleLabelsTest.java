package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SampleLabelsTest {
  @Test
  void inTurn_goesThroughTheClasses() {
    assertThat(SampleLabels.inTurn(3, 7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void inProportion_ofEqualClasses_goesInTurn() {
    assertThat(SampleLabels.inProportion(new long[] {4, 4, 4}, 8))
        .containsExactly(SampleLabels.inTurn(3, 8));
  }

  /**
   * Shares of 1/8, 5/8 and 2/8: by hand: 5/1, 5/2, (class 1 may not have 3 of 3) 2/1, 5/3, 5/4, 1/1
   * ...
   */
  @Test
  void inProportion_byHand() {
    assertThat(SampleLabels.inProportion(new long[] {1, 5, 2}, 9))
        .containsExactly(1, 1, 2, 1, 1, 0, 1, 2, 1);
  }

  /** After every sample each class has its share, rounded down or up; none of an empty class. */
  @Test
  void inProportion_afterAnyNumber_isWithinOneOfTheShare() {
    RandomStreams random = RandomStreams.of(3);
    for (int round = 0; round < 30; round++) {
      int classes = 2 + (int) (9 * random.uniform("classes", round));
      long[] sizes = new long[classes];
      for (int k = 1; k < classes; k++) {
        sizes[k] = 1 + (long) Math.exp(8 * random.uniform("size", round, k));
      }
      long all = LongStream.of(sizes).sum();
      int[] labels = SampleLabels.inProportion(sizes, 500);
      long[] had = new long[classes];
      for (int i = 0; i < 500; i++) {
        had[labels[i]]++;
        for (int k = 0; k < classes; k++) {
          double share = (i + 1.0) * sizes[k] / all;
          assertThat(Math.abs(had[k] - share))
              .as("round %d, sample %d of %s", round, i, Arrays.toString(sizes))
              .isLessThan(1);
        }
      }
      assertThat(had[0]).isZero();
    }
  }

  @Test
  void inProportion_ofFewer_isTheBeginningOfMore() {
    long[] sizes = {17, 3, 29, 11};
    assertThat(SampleLabels.inProportion(sizes, 200))
        .startsWith(SampleLabels.inProportion(sizes, 61));
  }
}
