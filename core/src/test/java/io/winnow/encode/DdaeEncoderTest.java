package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.Image;
import io.winnow.data.ShapesDataset;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFolder;
import io.winnow.model.ModelFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DdaeEncoderTest {
  @TempDir Path folder;
  private final Device cpu = new Device(torch.DeviceType.CPU);
  private final List<Image> images = new ArrayList<>();
  private Path model;

  @BeforeEach
  void writeModel() throws Exception {
    model = folder.resolve("model");
    UNet2d unet = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(32, 16, 10));
    unet.initAsTorch(1);
    AtomicFolder.write(
        model,
        into ->
            new ModelFolder(unet, SchedulerConfig.ddpm(new ScheduleConfig.Linear(1000, 1e-4, 0.02)))
                .write(into, unet.parameters()));
    try (ShapesDataset shapes = new ShapesDataset(100, 1)) {
      for (int i = 0; i < 3; i++) {
        images.add(shapes.image(i * 20));
      }
    }
  }

  private Encoder open(long seed, DdaeConfig ddae) {
    EncodeConfig usual = EncodeConfig.of("ddae", model.toString());
    return Encoders.open(
        new EncodeConfig(
            "ddae", usual.weights(), 8, Precision.FLOAT32, null, usual.training(), ddae),
        null,
        cpu,
        seed);
  }

  @Test
  void features_dependOnThePositionAndTheSeed_notOnTheBatch() {
    try (Encoder encoder = open(0, DdaeConfig.PUBLISHED);
        Encoder other = open(1, DdaeConfig.PUBLISHED);
        Scope scope = Scope.open()) {
      int d = encoder.dimension();
      float[] together = Tensors.floats(encoder.encode(images, new long[] {4, 5, 9}));
      float[] alone = Tensors.floats(encoder.encode(images.subList(2, 3), new long[] {9}));
      float[] elsewhere = Tensors.floats(encoder.encode(images.subList(2, 3), new long[] {8}));
      float[] reseeded = Tensors.floats(other.encode(images.subList(2, 3), new long[] {9}));
      assertThat(together).hasSize(3 * d);
      for (int j = 0; j < d; j++) {
        assertThat(alone[j]).isCloseTo(together[2 * d + j], Offset.offset(1e-4f));
      }
      assertThat(elsewhere).isNotEqualTo(alone);
      assertThat(reseeded).isNotEqualTo(alone);
      assertThat(other.identity().hash()).isNotEqualTo(encoder.identity().hash());
    }
  }

  /**
   * x_t = sqrt(abar) x + sqrt(1 - abar) eps with x in [-1, 1] and abar the product of 1 - beta over
   * the first t of the 1000 steps from 1e-4 to 0.02; the network asked at index t - 1, without a
   * class; the mean of the unit's output over its pixels.
   */
  @ParameterizedTest
  @CsvSource({"6, 11, 64", "1, 1, 64", "12, 300, 32"})
  void features_areTheMeansOfTheUnit_ofTheImageNoisedByTSteps(int block, int t, int dimension) {
    UNet2d unet = (UNet2d) ModelFolder.read(model).network();
    unet.train(false);
    double kept = 1;
    for (int step = 0; step < t; step++) {
      kept *= 1 - (1e-4 + (0.02 - 1e-4) * step / 999);
    }
    try (Encoder encoder = open(3, new DdaeConfig(block, t));
        Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      assertThat(encoder.dimension()).isEqualTo(dimension);
      float[] features = Tensors.floats(encoder.encode(images.subList(1, 2), new long[] {70}));
      float[] eps =
          Tensors.floats(RandomStreams.of(3).normal(new long[] {3, 16, 16}, "ddae.noise", 70));
      Tensor prepared = encoder.prepare(images.get(1)); // [3, 16, 16]
      float[] x = Tensors.floats(prepared);
      float[] xt = new float[x.length];
      for (int i = 0; i < xt.length; i++) {
        xt[i] = (float) (Math.sqrt(kept) * x[i] + Math.sqrt(1 - kept) * eps[i]);
      }
      Condition none = Condition.ofClasses(Tensors.of(new long[] {10}, 1));
      Tensor out =
          unet.upBlockOutputs(
                  Tensors.of(xt, 1, 3, 16, 16),
                  Tensors.of(new long[] {t - 1}, 1),
                  none,
                  Set.of(block))
              .get(block);
      double[] pixels = Tensors.doubles(out);
      int area = pixels.length / dimension;
      assertThat(features).hasSize(dimension);
      for (int d = 0; d < dimension; d++) {
        double mean = Arrays.stream(pixels, d * area, (d + 1) * area).average().orElseThrow();
        assertThat((double) features[d]).isCloseTo(mean, Offset.offset(1e-5));
      }
    }
  }

  /** Red 255, green 0 and blue 51 of a picture of the network's size: 1, -1 and -0.6. */
  @Test
  void prepare_scalesTheColoursToMinusOneToOne() {
    byte[] rgb = new byte[3 * 16 * 16];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) 255;
      rgb[i + 2] = 51;
    }
    try (Encoder encoder = open(0, DdaeConfig.PUBLISHED);
        Scope scope = Scope.open()) {
      float[] x = Tensors.floats(encoder.prepare(new Image(16, 16, rgb)));
      assertThat(x[0]).isEqualTo(1);
      assertThat(x[256]).isEqualTo(-1);
      assertThat(x[512]).isCloseTo(-0.6f, Offset.offset(1e-6f));
    }
  }

  @Test
  void blocksAndSteps_thatTheModelLacks_areRefused() {
    assertThatThrownBy(() -> open(0, new DdaeConfig(99, 11)))
        .hasMessageContaining("ddae.block: 99 is above");
    assertThatThrownBy(() -> open(0, new DdaeConfig(1, 2000)))
        .hasMessageContaining("ddae.t: 2000 is above the 1000 steps");
  }
}
