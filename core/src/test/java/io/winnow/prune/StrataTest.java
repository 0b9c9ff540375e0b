package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrataTest {
  @Test
  void of_equalWidths_placesTheLargestInTheLast() {
    assertThat(Strata.of(new double[] {0, 1, 2.4, 2.6, 5, 10}, 4))
        .containsExactly(0, 0, 0, 1, 1, 3);
  }

  /** 9 * 3.0003f / 11 is 2.454791f; the float before it gives 9 when it is divided. */
  @Test
  void of_aScoreBelowAnEdge_isBelowIt_whateverItsQuotient() {
    assertThat(Strata.of(new double[] {0, 2.4547908306121826, 2.4547910690307617, 3}, 11))
        .containsExactly(0, 8, 9, 10);
  }

  @Test
  void of_negativeScores_losesNone() {
    int[] strata = Strata.of(new double[] {-10, -7, -3, -1}, 3);
    assertThat(strata).containsExactly(0, 1, 2, 2);
  }

  @Test
  void of_equalScores_isOneStratum() {
    assertThat(Strata.of(new double[] {0, 0, 0}, 5)).containsExactly(0, 0, 0);
    assertThat(Strata.of(new double[] {}, 5)).isEmpty();
  }

  @Test
  void budgets_smallStrata_giveAll_theRestShare() {
    assertThat(Strata.budgets(new int[] {2, 100, 0, 50}, 42)).containsExactly(2, 20, 0, 20);
    assertThat(Strata.budgets(new int[] {2, 3}, 9)).containsExactly(2, 3);
  }
}
