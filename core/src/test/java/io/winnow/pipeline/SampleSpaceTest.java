package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SampleSpaceTest {
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

  /** An autoencoder of a factor of two; latents are decoded by the file's own factor. */
  @Test
  void latents_areDecoded_roundedOrCutOff() {
    try (AutoencoderKl vae =
            new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(8, 16), 1, 4, 4, 16, 0.25));
        Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      vae.initAsTorch(5); // new ones are zero, and decode whatever to grey
      vae.train(false);
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

  /** 256 x 256 pixels go eight at a time; the ninth is its own. */
  @Test
  void batch_ofMoreThanOnePart_isDecodedWhole_everyImageInItsPlace() {
    try (AutoencoderKl vae =
            new AutoencoderKl(
                new AutoencoderKlConfig(3, 3, List.of(4, 4, 4, 4, 4), 1, 4, 2, 16, 0.25));
        Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      vae.initAsTorch(5);
      vae.train(false);
      Tensor x0 = RandomStreams.of(3).normal(new long[] {9, 4, 16, 16}, "x0");
      byte[] all = new SampleSpace(4, 16, 16, vae, true).bytes(x0, SamplerConfig.Rule.FX);
      int size = 3 * 256 * 256;
      assertThat(all).hasSize(9 * size);
      for (int i : new int[] {0, 7, 8}) {
        Tensor image = vae.decode(x0.narrow(0, i, 1).div(new Scalar(0.25)));
        byte[] alone = Tensors.bytes(Pixels.toUint8Truncated(image));
        int far = 0; // another batch rounds otherwise
        for (int p = 0; p < size; p++) {
          far += Math.abs((all[i * size + p] & 0xff) - (alone[p] & 0xff)) > 1 ? 1 : 0;
        }
        assertThat(far).as("image " + i).isZero();
      }
    }
  }
}
