package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.DecodedImages;
import io.winnow.data.Resize;
import io.winnow.diffusion.Pixels;
import io.winnow.encode.AutoencoderConfig.Reconstruction;
import io.winnow.files.ContentHash;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.Posterior;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Optimizer;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoencoderTrainingTest {
  private static DecodedImages images;
  @TempDir Path home;

  @BeforeAll
  static void load() {
    DatasetConfig shapes =
        new DatasetConfig(
            DatasetConfig.Type.SHAPES, null, "train", 16, Resize.AVERAGE, 1 << 20, 0, 100);
    images = DecodedImages.load(Datasets.open(shapes, 1), 16, Resize.AVERAGE, 1);
  }

  @AfterAll
  static void free() {
    images.close();
  }

  private static AutoencoderConfig config(int steps, Reconstruction error, double kl) {
    return new AutoencoderConfig(List.of(8, 16), 1, 4, 4, steps, 16, 3e-3, error, kl);
  }

  private AutoencoderRecord train(String name, AutoencoderConfig config, BooleanSupplier stop) {
    return AutoencoderTraining.run(
        new AutoencoderTask(images, "the images", config, true, 7),
        Compute.plainCpu(),
        home.resolve(name),
        home.resolve(name + ".state"),
        Progress.SILENT,
        stop);
  }

  /** By hand: mean |d - x| + w KL / values, KL = sum (m^2 + v - 1 - log v) / 2. */
  @Test
  void loss_isReconstructionPlusWeightedDivergence_byValue() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.of(new float[] {0, 1, -1, 0.5f}, 2, 1, 1, 2);
      Tensor decoded = Tensors.of(new float[] {0.5f, 0, -1, 0}, 2, 1, 1, 2);
      Tensor mean = Tensors.of(new float[] {1, -2}, 2, 1, 1, 1);
      Tensor logvar = Tensors.of(new float[] {0, 1}, 2, 1, 1, 1);
      Posterior posterior = new Posterior(mean, logvar);
      double kl = 0.5 + (4 + Math.E - 1 - 1) / 2;
      assertThat(loss(decoded, x, posterior, Reconstruction.L1))
          .isCloseTo(0.5 + 0.1 * kl / 4, within(1e-6));
      assertThat(loss(decoded, x, posterior, Reconstruction.L2))
          .isCloseTo((0.25 + 1 + 0 + 0.25) / 4 + 0.1 * kl / 4, within(1e-6));
    }
  }

  private static double loss(Tensor decoded, Tensor x, Posterior posterior, Reconstruction error) {
    return AutoencoderTraining.loss(decoded, x, posterior, config(1, error, 0.1)).item_double();
  }

  @Test
  void training_reconstructsBetterThanItBegan_andScalesToUnitDeviation() {
    AutoencoderRecord begun = train("begun", config(1, Reconstruction.L1, 1e-6), () -> false);
    AutoencoderRecord trained = train("trained", config(120, Reconstruction.L1, 1e-6), () -> false);
    assertThat(trained.absoluteError()).isLessThan(begun.absoluteError() / 2);
    assertThat(trained.psnr()).isGreaterThan(begun.psnr() + 3);
    assertThat(trained.measured()).isEqualTo(100);
    try (AutoencoderKl vae = AutoencoderKl.read(home.resolve("trained"))) {
      assertThat(vae.config().scalingFactor()).isEqualTo(1 / trained.latentStd());
      assertThat(vae.config().factor()).isEqualTo(2);
      assertThat(vae.training()).isFalse();
    }
    // what is there already is returned as it stands
    assertThat(train("trained", config(120, Reconstruction.L1, 1e-6), () -> true))
        .isEqualTo(trained);
  }

  /** By hand: images in the order of the epoch, mirrored and noised by update, half a cosine. */
  @Test
  void updates_areOfTheImagesInTurn_withMirrorImagesNoiseAndRateOfTheirNumber() {
    AutoencoderConfig config = config(9, Reconstruction.L1, 1e-3); // seven updates an epoch
    train("trained", config, () -> false);
    RandomStreams random = RandomStreams.of(7);
    try (AutoencoderKl vae = new AutoencoderKl(config.shape(16, 1));
        Optimizer adam = Adam.coupled(vae.parameters(), AdamConfig.DEFAULT);
        AutoencoderKl trained = AutoencoderKl.read(home.resolve("trained"))) {
      vae.initAsTorch(random.bits("autoencoder.init"));
      Compute.plainCpu().place(vae);
      for (int update = 0; update < 9; update++) {
        int[] order = random.permutation(100, "autoencoder.order", update / 7);
        int from = update % 7 * 16;
        int[] batch = Arrays.copyOfRange(order, from, Math.min(100, from + 16));
        try (Scope scope = Scope.open()) {
          loss(vae, batch, random, update).backward();
          adam.step(adam.gradients(), 3e-3 * (1 + Math.cos(Math.PI * update / 9)) / 2);
          adam.clearGradients();
        }
      }
      trained
          .state()
          .forEach(
              (name, t) ->
                  assertThat(Tensors.floats(t))
                      .as(name)
                      .containsExactly(Tensors.floats(vae.state().get(name)), within(1e-5f)));
    }
  }

  private static Tensor loss(AutoencoderKl vae, int[] batch, RandomStreams random, int update) {
    GeneratorOptional flips = new GeneratorOptional(random.generator("autoencoder.flip", update));
    TensorOptions real = new TensorOptions(torch.ScalarType.Float);
    float[] draws = Tensors.floats(torch.rand(new long[] {batch.length}, flips, real));
    TensorVector views = new TensorVector();
    for (int i = 0; i < batch.length; i++) {
      Tensor image = images.batch(new int[] {batch[i]});
      views.push_back(draws[i] < 0.5 ? image.flip(3) : image);
    }
    Tensor x = Compute.plainCpu().images(Pixels.fromUint8(torch.cat(views, 0)));
    Posterior posterior = vae.encode(x);
    Tensor noise = random.normal(posterior.mean().shape(), "autoencoder.noise", update);
    Tensor std = posterior.logvar().div(new Scalar(2.0)).exp();
    Tensor decoded = vae.decode(posterior.mean().add(std.mul(noise)));
    return AutoencoderTraining.loss(decoded, x, posterior, config(9, Reconstruction.L1, 1e-3));
  }

  @Test
  void stoppedAndResumed_leavesTheSameBytes_andNoCheckpoint() {
    train("whole", config(20, Reconstruction.L2, 1e-3), () -> false);
    for (int left = 3; left < 20; left += 3) {
      int[] patience = {left};
      assertThatThrownBy(
              () -> train("cut", config(20, Reconstruction.L2, 1e-3), () -> --patience[0] == 0))
          .isInstanceOf(Interrupted.class);
      if (left >= 6) {
        break;
      }
    }
    train("cut", config(20, Reconstruction.L2, 1e-3), () -> false);
    assertThat(ContentHash.of(home.resolve("cut")))
        .isEqualTo(ContentHash.of(home.resolve("whole")));
    assertThat(home.resolve("cut.state")).doesNotExist();
  }

  @Test
  void heavyDivergence_pullsLatentsToTheNormal() {
    AutoencoderRecord free = train("free", config(60, Reconstruction.L1, 0), () -> false);
    AutoencoderRecord pulled = train("pulled", config(60, Reconstruction.L1, 10), () -> false);
    assertThat(pulled.divergence()).isLessThan(free.divergence() / 10);
    assertThat(pulled.latentStd()).isCloseTo(1, within(0.1));
  }

  @Test
  void extraction_asksTheAutoencoderInEvaluationMode() {
    try (AutoencoderKl vae = new AutoencoderKl(config(1, Reconstruction.L1, 0).shape(16, 1))) {
      assertThat(vae.training()).isTrue();
      new LatentExtraction(vae, images, Compute.plainCpu());
      assertThat(vae.training()).isFalse();
    }
  }

  @Test
  void imagesThatDoNotFit_areRefused() {
    AutoencoderConfig deep =
        new AutoencoderConfig(List.of(8, 8, 8, 8, 8, 8), 1, 4, 4, 1, 1, 1e-3, Reconstruction.L1, 0);
    assertThatThrownBy(() -> train("deep", deep, () -> false))
        .hasMessageStartingWith(
            "latents.training.channels: 6 levels halve the sides to 1/32, but images have 16 x 16");
  }
}
