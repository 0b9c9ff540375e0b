package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EarlyEmaTest {
  @Test
  void decay_ofTheFirstUpdates_isACopyThenTheRatio() {
    EarlyEma rule = new EarlyEma(0.9999);
    assertThat(rule.decay(1)).isZero();
    assertThat(rule.decay(2)).isEqualTo(2.0 / 11);
    assertThat(rule.decay(1_000_000)).isEqualTo(0.9999);
    assertThat(EmaRule.EARLY.decay(0.5, 2)).isEqualTo(2.0 / 11);
    assertThat(EmaRule.EARLY.decay(0.5, 50)).isEqualTo(0.5);
  }

  @Test
  void decay_withWarmUp_followsThePower() {
    EarlyEma rule = new EarlyEma(0.99, 0, 0, new EarlyEma.Warmup(1, 2.0 / 3));
    assertThat(rule.decay(8)).isCloseTo(1 - Math.pow(8, -2.0 / 3), within(1e-12));
  }

  @Test
  void decay_withWarmUp_isSlowerByItsInverseGamma() {
    EarlyEma rule = new EarlyEma(0.99, 0, 0, new EarlyEma.Warmup(4, 0.5));
    assertThat(rule.decay(13)).isCloseTo(0.5, within(1e-12)); // 1 - (1 + 12 / 4)^-0.5
  }

  @Test
  void decay_withLeastAndDelay_copiesFirstAndThenForgetsNoFaster() {
    EarlyEma rule = new EarlyEma(0.99, 0.5, 10, null);
    assertThat(rule.decay(11)).isZero();
    assertThat(rule.decay(12)).isEqualTo(0.5);
  }

  @Test
  void rule_outOfRange_isRefused() {
    assertThatThrownBy(() -> new EarlyEma(1)).hasMessageContaining("decay 1.0");
    assertThatThrownBy(() -> new EarlyEma(-1e-9)).hasMessageContaining("decay -1.0E-9");
    assertThatThrownBy(() -> new EarlyEma(0.5, -1e-9, 0, null))
        .hasMessageContaining("least -1.0E-9");
    assertThatThrownBy(() -> new EarlyEma(0.5, 0.6, 0, null)).hasMessageContaining("least 0.6");
    assertThatThrownBy(() -> new EarlyEma(0.5, 0, -1, null)).hasMessageContaining("step -1");
    assertThatThrownBy(() -> new EarlyEma.Warmup(0, 1)).hasMessageContaining("inv_gamma is 0.0");
    assertThatThrownBy(() -> new EarlyEma.Warmup(1, 0)).hasMessageContaining("power 0.0");
  }

  @Test
  void rule_atTheEndsOfItsRanges_isOne() {
    assertThat(new EarlyEma(0).decay(2)).isZero();
    assertThat(new EarlyEma(0.5, 0.5, 0, null).decay(2)).isEqualTo(0.5);
  }
}
