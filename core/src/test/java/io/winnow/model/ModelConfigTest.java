package io.winnow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.config.StrictYaml;
import io.winnow.files.Json;
import io.winnow.model.mdt.MdtConfig;
import io.winnow.model.mdt.MdtVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  static MdtModelConfig mdt(MdtModelConfig.Space space, Double maskRatio, boolean learnSigma) {
    return new MdtModelConfig(
        2,
        space,
        2,
        16,
        4,
        2,
        2,
        maskRatio,
        learnSigma,
        0.1,
        new ModelConfig.Schedule(ModelConfig.Schedule.Kind.LINEAR, 1000, 1e-4, 0.02));
  }

  @Test
  void mdt_ofPixelsAndOfLatents_isMadeForTheirShape() {
    MdtConfig pixels = mdt(MdtModelConfig.Space.PIXELS, null, false).shape(32, 32, 3);
    assertThat(List.of(pixels.inputSize(), pixels.inChannels(), pixels.numClasses()))
        .containsExactly(32, 3, 3);
    MdtConfig latents = mdt(MdtModelConfig.Space.LATENTS, 0.3, true).shape(8, 8, 3);
    assertThat(List.of(latents.inputSize(), latents.inChannels())).containsExactly(8, 4);
    assertThat(latents.version()).isEqualTo(MdtVersion.V2);
    assertThatThrownBy(() -> mdt(MdtModelConfig.Space.LATENTS, 0.3, true).requireFits(9, 9, 3))
        .hasMessageStartingWith("model.patch: 2, but a latent has 9 x 9 cells")
        .hasMessageContaining("a square of a multiple of 2");
    assertThatThrownBy(() -> mdt(MdtModelConfig.Space.PIXELS, 0.9, true))
        .hasMessage("maskRatio is 0.9, but must be in [0, 0.8); 0.3 is the published one.");
  }

  @Test
  void mdt_inARecipe_isTheSectionOfItsTag() throws IOException {
    String defaults =
        """
        model:
          type: unet2d
          width: 8
          multipliers: [1]
          blocks: 1
          attention: []
          groups: 4
          dropout: 0
          labelDropout: 0.1
          schedule: {kind: linear, steps: 1000, betaStart: 1e-4, betaEnd: 0.02}
        """;
    String section =
        "model: {type: mdt, version: 2, space: latents, patch: 2, width: 16, depth: 4, heads: 2,"
            + " decodeLayer: 2, maskRatio: 0.3, learnSigma: true}\n";
    Path file = Files.writeString(home.resolve("run.yaml"), section);
    var read = StrictYaml.read(OnlyModel.class, defaults, file, List.of());
    assertThat(read.value().model()).isEqualTo(mdt(MdtModelConfig.Space.LATENTS, 0.3, true));
    Files.writeString(file, section.replace("type: mdt", "type: mtd"));
    assertThatThrownBy(() -> StrictYaml.read(OnlyModel.class, defaults, file, List.of()))
        .hasMessageContaining("Did you mean mdt?");
    Files.writeString(file, section.replace("decodeLayer", "decodeLayers"));
    assertThatThrownBy(() -> StrictYaml.read(OnlyModel.class, defaults, file, List.of()))
        .hasMessageContaining("Did you mean model.decodeLayer?");
  }

  record OnlyModel(ModelConfig model) {}

  @TempDir Path home;
}
