package io.winnow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelConfigTest {
  static UNet2dModelConfig section(int width, int groups) {
    return new UNet2dModelConfig(
        width,
        List.of(1, 2),
        1,
        List.of(1),
        groups,
        0.1,
        null,
        0.2,
        new ModelConfig.Schedule(ModelConfig.Schedule.Kind.LINEAR, 1000, 1e-4, 0.02));
  }

  /** Stages of runs of the version before are hashed with this text. */
  @Test
  void json_isThatOfTheVersionBefore() {
    assertThat(Json.string(section(128, 32)))
        .isEqualTo(
            "{\"type\":\"UNET2D\",\"width\":128,\"multipliers\":[1,2],\"blocks\":1,"
                + "\"attention\":[1],\"groups\":32,\"dropout\":0.1,\"labelDropout\":0.2,"
                + "\"schedule\":{\"kind\":\"LINEAR\",\"steps\":1000,\"betaStart\":1.0E-4,"
                + "\"betaEnd\":0.02}}");
  }

  @Test
  void images_thatCannotBeHalved_areRefused_beforeANetworkIsMade() {
    assertThatThrownBy(() -> section(8, 4).requireFits(8, 9, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model.multipliers: 2 levels halve the image 1 times")
        .hasMessageContaining("8 x 9 pixels; expected multiples of 2");
    section(8, 4).requireFits(8, 10, 2);
  }
}
