package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReweightConfigTest {
  private static void refused(Consumer<ReweightConfigs> change, String... words) {
    ReweightConfigs options = new ReweightConfigs();
    change.accept(options);
    assertThatThrownBy(options::doremi)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void valuesOutsideTheirRange_areRefusedByName() {
    for (String eta : new String[] {"-1", "automatic", "NaN", "Infinity"}) {
      refused(o -> o.eta = eta, "eta is " + eta, "auto, frozen or a number");
    }
    refused(o -> o.kappa = 0, "kappa is 0.0");
    refused(o -> o.kappa = Double.NaN, "kappa is NaN");
    refused(o -> o.kappa = Double.POSITIVE_INFINITY, "kappa is Infinity");
    refused(o -> o.smoothing = 0, "smoothing is 0.0");
    refused(o -> o.smoothing = 1, "smoothing is 1.0");
    refused(o -> o.warmupSteps = -1L, "warmupSteps is -1", "null");
    refused(o -> o.trajectoryEvery = 0, "trajectoryEvery is 0");
    assertThatThrownBy(() -> new ReweightConfig.GroupDro(0, false, 0))
        .hasMessageContaining("stepSize is 0.0");
    assertThatThrownBy(() -> new ReweightConfig.GroupDro(Double.POSITIVE_INFINITY, false, 0))
        .hasMessageContaining("stepSize is Infinity");
    assertThatThrownBy(() -> new ReweightConfig.GroupDro(0.01, false, -1))
        .hasMessageContaining("adjustment is -1.0");
    assertThatThrownBy(() -> new ReweightConfig.GroupDro(0.01, false, Double.NaN))
        .hasMessageContaining("adjustment is NaN");
    assertThatThrownBy(() -> new ReweightConfig.GroupDro(0.01, false, Double.POSITIVE_INFINITY))
        .hasMessageContaining("adjustment is Infinity");
  }

  @Test
  void etaFrozen_needsAWarmUpThatMeasures() {
    for (long steps : new long[] {0, 1}) {
      refused(
          o -> {
            o.eta = "frozen";
            o.warmupSteps = steps;
          },
          "warmupSteps is " + steps,
          "100 or more");
    }
    ReweightConfigs options = new ReweightConfigs();
    options.eta = "frozen";
    options.warmupSteps = 2L;
    assertThat(options.doremi().etaIsNumber()).isFalse();
    options.warmupSteps = null;
    assertThat(options.doremi().etaIsAuto()).isFalse();
    options.eta = "auto";
    options.warmupSteps = 0L;
    assertThat(options.doremi().etaIsAuto()).isTrue();
    assertThat(options.doremi().etaIsNumber()).isFalse();
  }

  @Test
  void eta_ofANumber_isRead() {
    ReweightConfigs options = new ReweightConfigs();
    options.eta = "2.5e-1";
    assertThat(options.doremi().etaValue()).isEqualTo(0.25);
    assertThat(options.doremi().etaIsNumber()).isTrue();
    options.eta = "0";
    assertThat(options.doremi().etaValue()).isZero();
  }

  @Test
  void values_atTheEndsOfTheirRange_areTaken() {
    ReweightConfigs options = new ReweightConfigs();
    options.trajectoryEvery = 1;
    options.groupDro = new ReweightConfig.GroupDro(Double.MIN_VALUE, false, 0);
    assertThat(options.doremi().trajectoryEvery()).isOne();
  }

  @Test
  void reference_isNeededByDoremiAlone() {
    assertThat(new ReweightConfigs().doremi().needsReference()).isTrue();
    assertThat(new ReweightConfigs().groupDro().needsReference()).isFalse();
    assertThat(new ReweightConfigs().doremi().needsProxy()).isTrue();
    assertThat(new ReweightConfigs().groupDro().needsProxy()).isTrue();
    assertThat(new ReweightConfigs().inverseFrequency().needsProxy()).isFalse();
    assertThat(new ReweightConfigs().inverseFrequency().needsReference()).isFalse();
  }
}
