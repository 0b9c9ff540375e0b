package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.ClassWeights;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InverseFrequencyTest {
  /** K = 2 classes with 6 and 2 of 8 samples: 1 / (2 * 3/4) and 1 / (2 * 1/4). */
  @Test
  void weights_areTheInverseOfTheShares_anEmptyClassHasNone() {
    ReweightConfig config = new ReweightConfigs().doremi();
    ClassWeights found =
        InverseFrequency.of(
            config, List.of("a", "none", "b"), new long[] {6, 0, 2}, Map.of("coreset", "x"));
    assertThat(found.weights()).containsExactly(0.5 / 0.75, 1, 2);
    assertThat(found.alpha()).containsExactly(0.5, 0, 0.5);
    assertThat(found.frequency()).containsExactly(0.75, 0, 0.25);
    assertThat(found.inverseFrequency()).isTrue();
    assertThat(found.settings())
        .containsEntry("options", config)
        .containsEntry("identities", Map.of("coreset", "x"));
    assertThat(found.warnings()).singleElement().asString().startsWith("class none has no sample");
  }
}
