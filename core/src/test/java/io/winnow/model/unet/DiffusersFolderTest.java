package io.winnow.model.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFolder;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersFolderTest {
  @TempDir Path home;

  private static UNet2d network() {
    UNet2d net = new UNet2d(UNet2dTest.tiny(4));
    net.initAsTorch(3);
    return net;
  }

  private Path written(UNet2d net) {
    Path folder = home.resolve("model");
    SchedulerConfig scheduler = SchedulerConfig.ddpm(ScheduleConfig.paper());
    AtomicFolder.write(folder, f -> DiffusersFolder.write(f, net, net.state(), scheduler));
    return folder;
  }

  private static void assertSame(UNet2d read, UNet2d net) {
    assertThat(read.config()).isEqualTo(net.config());
    net.state()
        .forEach(
            (key, tensor) ->
                assertThat(Tensors.floats(read.state().get(key)))
                    .as(key)
                    .containsExactly(Tensors.floats(tensor)));
  }

  @Test
  void write_thenRead_isTheSameNetworkAndScheduler() {
    UNet2d net = network();
    DiffusersFolder read = DiffusersFolder.read(written(net));
    assertSame(read.unet(), net);
    assertThat(read.scheduler()).isEqualTo(SchedulerConfig.ddpm(ScheduleConfig.paper()));
  }

  @Test
  void read_flatFolder_isThePipelineFolder() throws IOException {
    UNet2d net = network();
    Path folder = written(net);
    Path flat = Files.createDirectories(home.resolve("flat"));
    Files.copy(folder.resolve("unet/config.json"), flat.resolve("config.json"));
    Files.copy(
        folder.resolve("unet/diffusion_pytorch_model.safetensors"),
        flat.resolve("diffusion_pytorch_model.safetensors"));
    Files.copy(
        folder.resolve("scheduler/scheduler_config.json"), flat.resolve("scheduler_config.json"));
    assertSame(DiffusersFolder.read(flat).unet(), net);
    assertSame(DiffusersFolder.readUnet(folder.resolve("unet")), net);
  }

  @Test
  void read_folderOfSomethingElse_saysWhatIsMissing() {
    assertThatThrownBy(() -> DiffusersFolder.read(home))
        .hasMessageContaining("scheduler_config.json");
    assertThatThrownBy(() -> DiffusersFolder.readUnet(home)).hasMessageContaining("config.json");
  }

  @Test
  void presentName_ofOldAttention_isTodays() {
    assertThat(DiffusersFolder.presentName("mid_block.attentions.0.proj_attn.bias"))
        .isEqualTo("mid_block.attentions.0.to_out.0.bias");
    assertThat(DiffusersFolder.presentName("down_blocks.1.attentions.1.query.weight"))
        .isEqualTo("down_blocks.1.attentions.1.to_q.weight");
    assertThat(DiffusersFolder.presentName("conv_in.weight")).isEqualTo("conv_in.weight");
  }
}
