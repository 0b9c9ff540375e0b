package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.LatentMoments;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatentsTest {
  @TempDir Path home;

  /** Image i has the mean 10 i, its mirror image 10 i + 1; the log of either's variance is -i. */
  private static Tensor moments(int first, int n) {
    float[] values = new float[n * 8];
    for (int v = 0; v < values.length; v++) {
      int image = first + v / 8;
      boolean mean = v % 4 < 2;
      values[v] = mean ? 10 * image + v % 8 / 4 : -image;
    }
    return Tensors.of(values, n, 2, 2, 1, 1, 2);
  }

  @Test
  void x0_isDrawnAnewInEveryStep_ofTheViewThatIsWanted_scaledOnce() {
    LatentMoments.Index index =
        new LatentMoments.Index(
            "vae", 0.5, "images", 4, 1, 1, 2, true, LatentMoments.Storage.FLOAT32);
    Path folder = home.resolve("latents");
    LatentMoments.write(folder, index, 4, LatentsTest::moments, Progress.SILENT, () -> false);
    RandomStreams random = RandomStreams.of(3);
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(folder)) {
      Latents latents = new Latents(moments, new int[] {5, 6, 7, 8});
      assertThat(latents.labels()).containsExactly(5, 6, 7, 8);
      assertThat(latents.size()).isEqualTo(4);
      assertThat(latents.slow()).isFalse();
      assertThatThrownBy(() -> new Latents(moments, new int[3]))
          .hasMessage("latents: 3 labels for the latents of 4 images; expected one for each");
      Tensor which = Tensors.of(new float[] {1, 0}, 2).to(torch.ScalarType.Bool);
      Tensor stored = latents.mirrored(latents.batch(new int[] {3, 1}), which);
      float[] means = {31, 31, 10, 10};
      double[] variances = {Math.exp(-3), Math.exp(-3), Math.exp(-1), Math.exp(-1)};
      for (long step : new long[] {0, 9}) {
        float[] noise = Tensors.floats(random.normal(latents.shape(2), "train.posterior", step));
        Tensor drawn = latents.drawn(stored, random, step);
        double[] x0 = Tensors.doubles(latents.x0(drawn, Compute.plainCpu()));
        for (int i = 0; i < x0.length; i++) {
          double expected = 0.5 * (means[i] + Math.sqrt(variances[i]) * noise[i]);
          assertThat(x0[i]).isCloseTo(expected, within(1e-5));
        }
      }
    }
  }

  @Test
  void mirrored_withoutMomentsOfMirrorImages_isRefused() {
    LatentMoments.Index index =
        new LatentMoments.Index(
            "vae", 0.5, "images", 4, 1, 1, 2, false, LatentMoments.Storage.FLOAT32);
    Path folder = home.resolve("plain");
    LatentMoments.write(
        folder,
        index,
        4,
        (first, n) -> Tensors.of(new float[n * 4], n, 1, 2, 1, 1, 2),
        Progress.SILENT,
        () -> false);
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(folder)) {
      Latents latents = new Latents(moments, new int[4]);
      Tensor stored = latents.batch(new int[] {1});
      Tensor which = Tensors.of(new float[] {0}, 1).to(torch.ScalarType.Bool);
      assertThatThrownBy(() -> latents.mirrored(stored, which))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("latents: no moments of mirror images, but train.flip is true");
    }
  }
}
