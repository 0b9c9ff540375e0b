package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.Image;
import io.winnow.data.ShapesDataset;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFolder;
import io.winnow.model.unet.DiffusersFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
            DiffusersFolder.write(
                into,
                unet,
                unet.parameters(),
                SchedulerConfig.ddpm(new ScheduleConfig.Linear(1000, 1e-4, 0.02))));
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

  @Test
  void blocksAndSteps_thatTheModelLacks_areRefused() {
    assertThatThrownBy(() -> open(0, new DdaeConfig(99, 11)))
        .hasMessageContaining("ddae.block: 99 is above");
    assertThatThrownBy(() -> open(0, new DdaeConfig(1, 2000)))
        .hasMessageContaining("ddae.t: 2000 is above the 1000 steps");
  }
}
