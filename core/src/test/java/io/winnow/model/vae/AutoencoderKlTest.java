package io.winnow.model.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoencoderKlTest {
  @TempDir Path home;

  private static final AutoencoderKlConfig TINY =
      new AutoencoderKlConfig(3, 3, List.of(8, 16), 1, 4, 4, 16, 0.25);

  private static AutoencoderKl vae() {
    AutoencoderKl vae = new AutoencoderKl(TINY);
    vae.initAsTorch(5);
    vae.train(false);
    return vae;
  }

  private static Tensor images(long height, long width) {
    return RandomStreams.of(1).normal(new long[] {2, 3, height, width}, "images");
  }

  private static void assertSame(AutoencoderKl read, AutoencoderKl vae) {
    assertThat(read.config()).isEqualTo(vae.config());
    vae.state()
        .forEach(
            (key, tensor) ->
                assertThat(Tensors.floats(read.state().get(key)))
                    .as(key)
                    .containsExactly(Tensors.floats(tensor)));
  }

  @Test
  void write_thenRead_isTheSameAutoencoder() {
    AutoencoderKl vae = vae();
    vae.write(home);
    assertSame(AutoencoderKl.read(home), vae);
    assertThat(AutoencoderKl.read(home).training()).isFalse();
  }

  @Test
  void read_attentionUnderOldNames_isTheSameAutoencoder() {
    AutoencoderKl vae = vae();
    vae.write(home);
    Map<String, Tensor> old = new LinkedHashMap<>();
    vae.state()
        .forEach(
            (key, tensor) ->
                old.put(
                    key.replace("to_q", "query")
                        .replace("to_k", "key")
                        .replace("to_v", "value")
                        .replace("to_out.0", "proj_attn"),
                    tensor));
    assertThat(old).containsKey("decoder.mid_block.attentions.0.proj_attn.bias");
    Safetensors.write(home.resolve("diffusion_pytorch_model.safetensors"), old, Map.of());
    assertSame(AutoencoderKl.read(home), vae);
  }

  @Test
  void encode_thenDecode_halvesAndDoublesTheSides() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      AutoencoderKl vae = vae();
      Posterior posterior = vae.encode(images(12, 16));
      assertThat(posterior.mean().shape()).containsExactly(2, 4, 6, 8);
      assertThat(vae.decode(posterior.mode()).shape()).containsExactly(2, 3, 12, 16);
    }
  }

  @Test
  void encode_imageInAnyBatch_isTheSame() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      AutoencoderKl vae = vae();
      Tensor both = images(8, 8);
      double[] inBatch = Tensors.doubles(vae.moments(both).select(0, 1));
      double[] alone = Tensors.doubles(vae.moments(both.narrow(0, 1, 1)).select(0, 0));
      for (int i = 0; i < alone.length; i++) {
        assertThat(alone[i]).isCloseTo(inBatch[i], within(1e-5));
      }
    }
  }

  @Test
  void scaled_thenUnscaled_isTheLatent() {
    try (Scope scope = Scope.open()) {
      AutoencoderKl vae = vae();
      Tensor z = Tensors.of(new float[] {4, -8}, 2);
      assertThat(Tensors.floats(vae.scaled(z))).containsExactly(1, -2);
      assertThat(Tensors.floats(vae.unscaled(vae.scaled(z)))).containsExactly(4, -8);
    }
  }

  @Test
  void posterior_ofExtremeMoments_isClampedAndSamplesAroundTheMean() {
    try (Scope scope = Scope.open()) {
      Tensor moments = Tensors.of(new float[] {3, 5, -100, 0}, 1, 4, 1, 1);
      Posterior posterior = Posterior.of(moments);
      assertThat(Tensors.floats(posterior.mode())).containsExactly(3, 5);
      assertThat(Tensors.floats(posterior.logvar())).containsExactly(-30, 0);
      assertThat(Tensors.floats(Posterior.of(Tensors.of(new float[] {0, 90}, 1, 2, 1, 1)).logvar()))
          .containsExactly(20);
      Tensor noise = Tensors.of(new float[] {0, -2}, 1, 2, 1, 1);
      assertThat(Tensors.floats(posterior.sample(noise))).containsExactly(3, 3);
    }
  }

  @Test
  void encode_imageOfAnOddSide_isRefusedWithTheMultiple() {
    assertThatThrownBy(() -> vae().encode(images(9, 8)))
        .hasMessage(
            "AutoencoderKl images: 9 x 8 pixels, expected multiples of 2. Resize the images.");
    assertThatThrownBy(() -> vae().decode(images(8, 8)))
        .hasMessage("AutoencoderKl z: shape [2, 3, 8, 8], expected [*, 4, *, *]");
  }

  @Test
  void read_folderWithoutIt_saysWhatIsMissing() {
    assertThatThrownBy(() -> AutoencoderKl.read(home))
        .hasMessage(
            home.resolve("config.json")
                + ": is missing; expected the folder of an AutoencoderKL of diffusers");
  }

  @Test
  void fromJson_absentKeys_takeTheDefaultsOfTheClass() {
    ObjectNode json = TINY.toJson();
    json.remove("scaling_factor");
    json.remove("use_quant_conv");
    assertThat(AutoencoderKlConfig.fromJson(new DiffusersJson("vae", json)).scalingFactor())
        .isEqualTo(0.18215);
  }

  @Test
  void fromJson_anotherNetwork_isRefusedWithEveryProblem() {
    ObjectNode json = TINY.toJson();
    json.put("use_quant_conv", false);
    json.put("shift_factor", 0.1);
    json.putArray("down_block_types").add("DownEncoderBlock2D").add("AttnDownEncoderBlock2D");
    assertThatThrownBy(() -> AutoencoderKlConfig.fromJson(new DiffusersJson("vae", json)))
        .hasMessageContaining("vae use_quant_conv: false is not supported; expected true")
        .hasMessageContaining("vae shift_factor: 0.1 is not supported; expected null")
        .hasMessageContaining("expected 2 times DownEncoderBlock2D");
    ObjectNode groups = TINY.toJson();
    groups.put("norm_num_groups", 3);
    assertThatThrownBy(() -> AutoencoderKlConfig.fromJson(new DiffusersJson("vae", groups)))
        .hasMessageContaining("norm_num_groups is 3, but must divide");
  }

  @Test
  void encode_inAScope_leavesNoPointers() {
    AutoencoderKl vae = vae();
    Tensor images = Scope.immortal(images(8, 8));
    once(vae, images);
    long before = Pointer.totalCount();
    once(vae, images);
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static void once(AutoencoderKl vae, Tensor images) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      vae.decode(vae.encode(images).mode());
    }
  }
}
