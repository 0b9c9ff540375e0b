package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ExcessLossTest {
  private static final Offset<Double> EXACT = within(1e-15);

  /** Margins 3, -1 in class 0; -2, 1, 0 in class 1; none in class 2. */
  private static ExcessLoss excess(Clip clip) {
    ExcessLoss excess = new ExcessLoss(3, clip);
    excess.add(0, 5, 2);
    excess.add(0, 1, 2);
    excess.add(1, 1, 3);
    excess.add(1, 4, 3);
    excess.add(1, 2, 2);
    return excess;
  }

  @Test
  void clipPerSample_cutsEveryMarginBeforeTheMean() {
    assertThat(excess(Clip.SAMPLE).signals())
        .containsExactly(new double[] {1.5, 1.0 / 3, Double.NaN}, EXACT);
  }

  @Test
  void clipPerClass_cutsTheMeanAlone() {
    assertThat(excess(Clip.CLASS).signals())
        .containsExactly(new double[] {1, 0, Double.NaN}, EXACT);
  }

  @Test
  void noClip_leavesAClassBelowZero() {
    assertThat(excess(Clip.NONE).signals())
        .containsExactly(new double[] {1, -1.0 / 3, Double.NaN}, EXACT);
  }

  @Test
  void counts_areOfSamples_clippedOfMarginsAtZeroOrBelow_whateverIsCut() {
    for (Clip clip : Clip.values()) {
      ExcessLoss excess = excess(clip);
      assertThat(excess.count()).isEqualTo(5);
      assertThat(excess.counts()).containsExactly(2, 3, 0);
      assertThat(excess.clipped()).containsExactly(1, 2, 0);
      assertThat(excess.loss()).isEqualTo(13);
      assertThat(excess.reference()).isEqualTo(12);
    }
  }
}
