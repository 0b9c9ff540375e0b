package io.winnow.model.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class UNet2dConfigTest {
  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void fromJson_emptyObject_isThePeersDefaultNetwork() {
    UNet2dConfig config = UNet2dJson.read(json("{}"));
    assertThat(config.blockOutChannels()).containsExactly(224, 448, 672, 896);
    assertThat(config.downAttention()).containsExactly(false, true, true, true);
    assertThat(config.upAttention()).containsExactly(true, true, true, false);
    assertThat(config.flipSinToCos()).isTrue();
    assertThat(config.freqShift()).isZero();
    assertThat(config.downsamplePadding()).isEqualTo(1);
    assertThat(config.normEps()).isEqualTo(1e-5);
    assertThat(config.sampleHeight()).isNull();
  }

  @Test
  void fromJson_headDimAbsentOrNull_areEightAndOneHead() {
    assertThat(UNet2dJson.read(json("{}")).attentionHeadDim()).isEqualTo(8);
    assertThat(UNet2dJson.read(json("{'attention_head_dim': null}")).attentionHeadDim()).isNull();
  }

  @Test
  void toJson_thenFromJson_isTheSameConfig() {
    for (UNet2dConfig config :
        List.of(UNet2dConfig.ddpmCifar10(10), UNet2dConfig.ddpmCifar10(null), UNet2dTest.tiny(4))) {
      assertThat(UNet2dJson.read(UNet2dJson.write(config))).isEqualTo(config);
    }
    UNet2dConfig wide = UNet2dJson.read(json("{'sample_size': [16, 32]}"));
    assertThat(wide.sampleHeight()).isEqualTo(16);
    assertThat(wide.sampleWidth()).isEqualTo(32);
    assertThat(UNet2dJson.read(UNet2dJson.write(wide))).isEqualTo(wide);
  }

  @Test
  void fromJson_unsupportedValues_areRefusedTogetherByKey() {
    assertThatThrownBy(
            () ->
                UNet2dJson.read(
                    json(
                        "{'time_embedding_type': 'fourier', 'downsample_type': 'resnet',"
                            + " 'resnet_time_scale_shift': 'scale_shift', 'act_fn': 'relu',"
                            + " 'down_block_types': ['SkipDownBlock2D'], 'norm_eps': 'small'}")))
        .hasMessageContainingAll(
            "UNet2DModel time_embedding_type: \"fourier\" is not supported; expected"
                + " \"positional\"",
            "downsample_type: \"resnet\" is not supported",
            "resnet_time_scale_shift: \"scale_shift\" is not supported",
            "act_fn: \"relu\" is not supported",
            "down_block_types: SkipDownBlock2D is not supported; expected DownBlock2D or"
                + " AttnDownBlock2D",
            "norm_eps: \"small\" does not fit");
  }

  @Test
  void config_groupsThatDoNotDivide_areRefused() {
    assertThatThrownBy(() -> UNet2dConfig.ddpmCifar10Shaped(48, 32, null))
        .hasMessageContaining("block_out_channels has 48")
        .hasMessageContaining("norm_num_groups = 32");
  }
}
