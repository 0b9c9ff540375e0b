package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Four samples of classes 0, 0, 1, 2 with v = alpha / p = (0.6, 1.5, 1.0), by hand. */
class LossFormTest {
  private static final Offset<Double> EXACT = within(1e-15);
  private static final double[] ALPHA = {0.3, 0.3, 0.4};
  private static final double[] P = {0.5, 0.2, 0.4};
  private static final int[] BATCH = {0, 0, 1, 2};

  @Test
  void normalized_dividesByTheBatchsSumOfRatios() {
    double sum = 0.6 + 0.6 + 1.5 + 1.0;
    assertThat(LossForm.NORMALIZED.coefficients(ALPHA, P, BATCH))
        .containsExactly(new double[] {0.6 / sum, 0.6 / sum, 1.5 / sum, 1 / sum}, EXACT);
  }

  @Test
  void plain_dividesByTheNumberOfSamples() {
    assertThat(LossForm.PLAIN.coefficients(ALPHA, P, BATCH))
        .containsExactly(new double[] {0.15, 0.15, 0.375, 0.25}, EXACT);
  }

  @Test
  void group_dividesAlphaByTheClasssSamplesInTheBatch() {
    assertThat(LossForm.GROUP.coefficients(ALPHA, P, BATCH))
        .containsExactly(new double[] {0.15, 0.15, 0.3, 0.4}, EXACT);
  }

  /** Law 6: a mixture equal to the frequencies weighs nothing, whatever the batch. */
  @Test
  void mixtureOfTheFrequencies_isTheUnweightedMean() {
    double[] p = {0.4, 0.2, 0.4};
    assertThat(LossForm.NORMALIZED.coefficients(p, p, BATCH)).containsOnly(0.25);
    assertThat(LossForm.PLAIN.coefficients(p, p, BATCH)).containsOnly(0.25);
  }

  /** Over all samples of a set with these frequencies, plain gives every class its alpha. */
  @Test
  void plain_overTheWholeSet_givesEveryClassItsShare() {
    int[] set = {0, 0, 0, 0, 0, 1, 1, 2, 2, 2};
    double[] p = {0.5, 0.2, 0.3};
    double[] coefficients = LossForm.PLAIN.coefficients(ALPHA, p, set);
    assertThat(Arrays.stream(coefficients, 0, 5).sum()).isCloseTo(0.3, EXACT);
    assertThat(Arrays.stream(coefficients, 5, 7).sum()).isCloseTo(0.3, EXACT);
    assertThat(Arrays.stream(coefficients, 7, 10).sum()).isCloseTo(0.4, EXACT);
  }
}
