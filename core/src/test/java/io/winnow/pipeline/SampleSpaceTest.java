package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleSpaceTest {
  private static final int SIZE = 3 * 12 * 20;

  /** Values between two levels: half up in FutureXiang's code, half to even in diffusers. */
  @Test
  void images_areRoundedByTheSamplersRule() {
    SampleSpace space = SampleSpace.images(17, 5);
    assertThat(space.imageHeight()).isEqualTo(17);
    assertThat(space.imageWidth()).isEqualTo(5);
    assertThat(space.channels()).isEqualTo(3);
    float[] values = new float[3 * 17 * 5];
    for (int n = 0; n < values.length; n++) {
      values[n] = -1 + (2 * n + 1) / 255f;
    }
    try (Scope scope = Scope.open()) {
      Tensor x0 = Tensors.of(values, 1, 3, 17, 5);
      byte[] fx = space.bytes(x0, SamplerConfig.Rule.FX);
      byte[] diffusers = space.bytes(x0, SamplerConfig.Rule.DIFFUSERS);
      assertThat(fx).isEqualTo(Tensors.bytes(Pixels.toUint8Fx(x0))).isNotEqualTo(diffusers);
      assertThat(diffusers).isEqualTo(Tensors.bytes(Pixels.toUint8Diffusers(x0)));
    }
  }

  /** Of a factor of two; latents are decoded by the file's own scaling factor. */
  private static AutoencoderKl autoencoder() {
    AutoencoderKl vae =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(8, 16), 1, 4, 4, 16, 0.25));
    vae.initAsTorch(5); // new ones are zero, and decode whatever to grey
    vae.train(false);
    return vae;
  }

  @Test
  void latents_areDecoded_roundedOrCutOff() {
    try (AutoencoderKl vae = autoencoder();
        Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      SampleSpace rounded = new SampleSpace(4, 6, 10, vae, false);
      assertThat(rounded.imageHeight()).isEqualTo(12);
      assertThat(rounded.imageWidth()).isEqualTo(20);
      Tensor x0 = RandomStreams.of(3).normal(new long[] {3, 4, 6, 10}, "x0");
      Tensor images = vae.decode(x0.div(new Scalar(0.25)));
      byte[] bytes = rounded.bytes(x0, SamplerConfig.Rule.FX);
      assertThat(bytes).isEqualTo(Tensors.bytes(Pixels.toUint8Diffusers(images)));
      assertThat(new SampleSpace(4, 6, 10, vae, true).bytes(x0, SamplerConfig.Rule.FX))
          .isEqualTo(Tensors.bytes(Pixels.toUint8Truncated(images)))
          .isNotEqualTo(bytes);
    }
  }

  /** Three images two at a time, and one at a time where not even one would fit. */
  @Test
  void latentsOfMoreThanOnePart_areDecodedWhole_everyImageInItsPlace() {
    try (AutoencoderKl vae = autoencoder();
        Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      SampleSpace space = new SampleSpace(4, 6, 10, vae, false);
      Tensor x0 = RandomStreams.of(3).normal(new long[] {3, 4, 6, 10}, "x0");
      byte[] byTwo = space.decoded(x0, 2 * 12 * 20);
      byte[] alone = space.decoded(x0, 12 * 20 - 1);
      assertThat(byTwo).hasSize(3 * SIZE);
      assertThat(alone).hasSize(3 * SIZE);
      int[][] parts = {{0, 2}, {2, 1}};
      for (int[] part : parts) {
        assertPart(byTwo, vae, x0, part[0], part[1]);
      }
      for (int i = 0; i < 3; i++) {
        assertPart(alone, vae, x0, i, 1);
      }
    }
  }

  private static void assertPart(byte[] all, AutoencoderKl vae, Tensor x0, int from, int count) {
    Tensor images = vae.decode(x0.narrow(0, from, count).div(new Scalar(0.25)));
    byte[] part = new byte[count * SIZE];
    System.arraycopy(all, from * SIZE, part, 0, part.length);
    assertThat(part).isEqualTo(Tensors.bytes(Pixels.toUint8Diffusers(images)));
  }

  private static Recipe recipe(String model) {
    return Recipe.read(null, List.of("dataset.type=shapes", "model=" + model)).value();
  }

  private static ModelFolder model() {
    return ModelFolder.create(
        recipe("{width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4}").model(),
        Parameterization.EPS,
        4,
        6,
        2,
        7);
  }

  /** Only a model that is told texts has images rounded as diffusers does. */
  @Test
  void space_isTheModels() {
    ModelFolder model = model();
    Path where = Path.of("somewhere");
    assertThat(SampleSpace.of(where, model)).isEqualTo(new SampleSpace(3, 4, 6, null, false));
    String text = "text: {width: 8, layers: 1, heads: 1}";
    String sizes = "sizes: {width: 8, multipliers: [1], blocks: 1, attention: [0], heads: 1, ";
    try (AutoencoderKl vae = autoencoder();
        PromptEncoder prompts =
            recipe("{type: stable-diffusion, " + sizes + "groups: 4, " + text + "}}")
                .model()
                .promptEncoder(1)) {
      assertThat(SampleSpace.of(where, model.withVae(vae)))
          .isEqualTo(new SampleSpace(4, 4, 6, vae, true));
      assertThat(SampleSpace.of(where, model.withVae(vae).withPrompts(prompts)))
          .isEqualTo(new SampleSpace(4, 4, 6, vae, false));
    }
  }

  @Test
  void modelThatDoesNotSayItsSize_isRefused(@TempDir Path folder) throws IOException {
    ModelFolder model = model();
    model.write(folder, model.network().state());
    Path config = folder.resolve("unet/config.json");
    String text = Files.readString(config);
    String unsaid = text.replaceFirst("\"sample_size\"\\s*:\\s*\\[[^\\]]*\\],?", "");
    assertThat(unsaid).isNotEqualTo(text);
    Files.writeString(config, unsaid);
    ModelFolder unsized = ModelFolder.read(folder);
    assertThatThrownBy(() -> SampleSpace.of(folder, unsized))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            folder
                + ": config.json has no sample_size; expected the side of the images. Add the"
                + " key.");
  }
}
