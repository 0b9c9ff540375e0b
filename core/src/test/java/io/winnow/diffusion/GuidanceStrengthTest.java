package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GuidanceStrengthTest {
  @Test
  void ofScale_isOneMoreThanTheWeight() {
    assertThat(GuidanceStrength.ofScale(5).weight()).isEqualTo(4);
    assertThat(GuidanceStrength.ofWeight(5).scale()).isEqualTo(6);
  }

  @Test
  void ofScale_atOrBelowOne_isNoGuidance() {
    assertThat(GuidanceStrength.ofScale(1).weight()).isZero();
    assertThat(GuidanceStrength.ofScale(0.3).weight()).isZero();
    assertThat(GuidanceStrength.ofScale(0).weight()).isZero();
  }

  @Test
  void describe_beginsWithWhatWasGiven() {
    assertThat(GuidanceStrength.ofScale(5).describe()).isEqualTo("scale 5 (weight 4)");
    assertThat(GuidanceStrength.ofWeight(0.5).describe()).isEqualTo("weight 0.5 (scale 1.5)");
  }

  @Test
  void of_negativeOrNaN_isRefused() {
    assertThatThrownBy(() -> GuidanceStrength.ofWeight(-0.1))
        .hasMessage("guidanceWeight: -0.1 is not in [0, infinity); 0 is no guidance");
    assertThatThrownBy(() -> GuidanceStrength.ofScale(Double.NaN))
        .hasMessage("guidanceScale: NaN is below 0; 1 is no guidance, 5 is common");
  }
}
