package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarmUpTest {
  private static ExcessLoss losses(double proxy, double reference) {
    ExcessLoss losses = new ExcessLoss(1, Clip.NONE);
    losses.add(0, proxy, reference);
    return losses;
  }

  /** The first update that counts where the proxy's loss is given over the steps; -1 for none. */
  private static int first(Long given, int updates, java.util.function.IntToDoubleFunction proxy) {
    WarmUp warmUp = new WarmUp(given);
    warmUp.begin(updates);
    for (int s = 0; s < updates; s++) {
      if (warmUp.over(s, losses(proxy.applyAsDouble(s), 0.1))) {
        return s;
      }
    }
    return -1;
  }

  @ParameterizedTest
  @CsvSource({"100, 20", "101, 21", "5, 1", "1, 1"})
  void rule_proxyCloseFromTheStart_lastsAFifthOfTheUpdates(int updates, int end) {
    assertThat(first(null, updates + 1, s -> 0.1)).isBetween(1, end + 1);
    WarmUp warmUp = new WarmUp(null);
    warmUp.begin(updates);
    assertThat(warmUp.least()).isEqualTo(end);
    for (int s = 0; s < end; s++) {
      assertThat(warmUp.over(s, losses(0.1, 0.1))).as("update %d", s).isFalse();
    }
    assertThat(warmUp.over(end, losses(0.1, 0.1))).isTrue();
  }

  /** By running means with weights 0.95^age: 1.0 before update 30, 0.12 from then on. */
  @Test
  void rule_proxyFarOff_lastsUntilItsMeanLossIsBelowOneAndAHalfTimesTheReferences() {
    int expected = -1;
    for (int s = 20; s < 300 && expected < 0; s++) {
      double proxy = 0;
      double reference = 0;
      for (int i = 0; i <= s; i++) {
        proxy += Math.pow(0.95, s - i) * (i < 30 ? 1.0 : 0.12);
        reference += Math.pow(0.95, s - i) * 0.1;
      }
      expected = proxy < 1.5 * reference ? s : -1;
    }
    assertThat(expected).isBetween(50, 120);
    assertThat(first(null, 100 + expected, s -> s < 30 ? 1.0 : 0.12)).isEqualTo(expected);
  }

  @Test
  void rule_proxyNeverClose_neverEnds() {
    assertThat(first(null, 100, s -> 0.151)).isEqualTo(-1);
    assertThat(first(null, 100, s -> 0.149)).isEqualTo(20);
  }

  @Test
  void rule_proxyAtExactlyOneAndAHalfTimes_isNotBelow() {
    WarmUp warmUp = new WarmUp(null);
    warmUp.begin(0);
    assertThat(warmUp.over(0, losses(0.75, 0.5))).isFalse();
  }

  @Test
  void number_isTheNumberOfUpdates_whateverTheLosses() {
    assertThat(first(7L, 100, s -> 9)).isEqualTo(7);
    assertThat(first(0L, 100, s -> 9)).isZero();
  }

  @Test
  void end_isFinal_andKnownToTheState() {
    WarmUp warmUp = new WarmUp(null);
    warmUp.begin(10);
    warmUp.over(0, losses(0.1, 0.1));
    assertThat(warmUp.over(2, losses(0.1, 0.1))).isTrue();
    assertThat(warmUp.over(3, losses(90, 0.1))).isTrue();
    WarmUp resumed = new WarmUp(null);
    resumed.begin(10);
    resumed.restore(warmUp.state());
    assertThat(resumed.over(4, losses(90, 0.1))).isTrue();
  }

  @Test
  void state_withinTheWarmUp_remembersTheLosses() {
    WarmUp warmUp = new WarmUp(null);
    warmUp.begin(10);
    warmUp.over(0, losses(1000, 0.1));
    WarmUp resumed = new WarmUp(null);
    resumed.begin(10);
    resumed.restore(warmUp.state());
    assertThat(resumed.over(2, losses(0.1, 0.1))).isFalse();
  }

  @Test
  void losses_ofAllSamples_areSummed() {
    WarmUp warmUp = new WarmUp(null);
    warmUp.begin(1);
    ExcessLoss both = losses(0.4, 0.1);
    both.add(0, 0.1, 0.3);
    assertThat(warmUp.over(1, both)).isTrue();
  }
}
