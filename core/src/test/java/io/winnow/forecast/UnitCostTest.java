package io.winnow.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class UnitCostTest {
  private static final Offset<Double> EXACT = within(1e-12);

  @Test
  void seconds_areOnce_andEveryUnit_andEveryImage() {
    UnitCost cost = new UnitCost(3, 0.5, 0.01);
    assertThat(cost.seconds(new Work(10, 300))).isCloseTo(3 + 5 + 3, EXACT);
    assertThat(cost.seconds(Work.NONE)).isEqualTo(3);
    assertThat(cost.withOnce(1).seconds(new Work(10, 300))).isCloseTo(9, EXACT);
    assertThat(UnitCost.once(7).seconds(new Work(10, 300))).isEqualTo(7);
  }

  /** 37 updates of 32 images and one of 16: a short batch costs less, and not half. */
  @Test
  void stepsOfTwoSizes_areALine() {
    UnitCost cost = UnitCost.ofSteps(16, 0.3, 32, 0.5);
    assertThat(cost.perImage()).isCloseTo(0.0125, EXACT);
    assertThat(cost.perUnit()).isCloseTo(0.1, EXACT);
    assertThat(cost.seconds(new Work(38, 37 * 32 + 16))).isCloseTo(37 * 0.5 + 0.3, EXACT);
  }

  /** What is measured of a whole batch holds, however the smaller one was disturbed. */
  @Test
  void disturbedSteps_leaveTheWholeBatchAsItWas() {
    UnitCost slowSmall = UnitCost.ofSteps(16, 0.9, 32, 0.5);
    assertThat(slowSmall).isEqualTo(new UnitCost(0, 0.5, 0));
    UnitCost fastSmall = UnitCost.ofSteps(16, 0.1, 32, 0.5);
    assertThat(fastSmall).isEqualTo(new UnitCost(0, 0, 0.5 / 32));
    assertThat(UnitCost.ofSteps(32, 0.4, 32, 0.5)).isEqualTo(new UnitCost(0, 0, 0.5 / 32));
  }

  @Test
  void negativeCosts_areRefused() {
    assertThatThrownBy(() -> new UnitCost(-1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> new Work(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
