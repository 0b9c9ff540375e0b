package io.winnow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  @TempDir Path home;

  private static UNet2d network() {
    UNet2d net = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(32, 8, 4));
    net.initAsTorch(3);
    return net;
  }

  private Path written(UNet2d net) {
    Path folder = home.resolve("model");
    SchedulerConfig scheduler = SchedulerConfig.ddpm(ScheduleConfig.paper());
    AtomicFolder.write(folder, f -> new ModelFolder(net, scheduler).write(f, net.state()));
    return folder;
  }

  private static void assertSame(DenoisingNetwork read, UNet2d net) {
    assertThat(((UNet2d) read).config()).isEqualTo(net.config());
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
    ModelFolder read = ModelFolder.read(written(net));
    assertSame(read.network(), net);
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
    assertSame(ModelFolder.read(flat).network(), net);
    assertSame(ModelFolder.readNetwork(folder.resolve("unet")), net);
  }

  @Test
  void read_folderOfSomethingElse_saysWhatIsMissing() {
    assertThatThrownBy(() -> ModelFolder.read(home)).hasMessageContaining("scheduler_config.json");
    assertThatThrownBy(() -> ModelFolder.readNetwork(home)).hasMessageContaining("config.json");
  }

  @Test
  void read_networkOfAnotherClass_isRefused() {
    Path file = home.resolve("config.json");
    AtomicFile.writeString(file, "{\"_class_name\": \"DiTTransformer2DModel\"}");
    assertThatThrownBy(() -> ModelFolder.readNetwork(home))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + " _class_name: \"DiTTransformer2DModel\" is not supported; expected"
                + " \"UNet2DModel\" or \"UNet2DConditionModel\" or \"MDT\" or \"MDTv2\"");
  }

  @Test
  void configFile_saysHowManyClassesThereAre_withoutItsWeights() throws IOException {
    assertThat(ModelFolder.configFile(home)).isNull();
    Path folder = written(network());
    Path config = ModelFolder.configFile(folder);
    assertThat(config).isEqualTo(folder.resolve("unet/config.json"));
    Files.delete(ModelFolder.weights(folder));
    assertThat(ModelFolder.classEmbeddings(config)).isEqualTo(5);
    assertThatThrownBy(() -> ModelFolder.weights(folder)).hasMessageContaining("no weights");
  }

  @Test
  void create_isTheNetworkOfTheSection_withItsScheduler() {
    UNet2dModelConfig section = ModelConfigTest.section(8, 4);
    ModelFolder made = ModelFolder.create(section, Parameterization.EPS, 16, 8, 3, 5);
    UNet2d peer = new UNet2d(section.shape(16, 8, 3));
    peer.initAsTorch(5);
    assertSame(made.network(), peer);
    assertThat(made.scheduler()).isEqualTo(SchedulerConfig.ddpm(section.schedule().config()));
    assertThat(made.network().imageHeight()).isEqualTo(16);
    assertThat(made.network().imageWidth()).isEqualTo(8);
    assertThat(made.network().classEmbeddings()).isEqualTo(4);
  }

  @Test
  void sameShape_isThatOfAllButDropout() {
    UNet2d net = network();
    assertThat(net.sameShape(new UNet2d(net.config().withDropout(0.7)))).isTrue();
    assertThat(net.sameShape(new UNet2d(UNet2dConfig.ddpmCifar10Shaped(32, 8, 5)))).isFalse();
  }

  @Test
  void mdt_writtenAndRead_keepsItsPublishedNames_andItsLearntVariance() {
    MdtModelConfig section = ModelConfigTest.mdt(MdtModelConfig.Space.LATENTS, 0.3, true);
    ModelFolder made = ModelFolder.create(section, Parameterization.EPS, 8, 8, 3, 5);
    Path folder = home.resolve("mdt");
    AtomicFolder.write(folder, f -> made.write(f, made.network().state()));
    ModelFolder read = ModelFolder.read(folder);
    assertThat(((Mdt) read.network()).config()).isEqualTo(section.shape(8, 8, 3));
    assertThat(read.scheduler()).isEqualTo(made.scheduler());
    assertThat(read.scheduler().variance()).isEqualTo(SchedulerConfig.Variance.LEARNED_RANGE);
    assertThat(Checkpoint.read(ModelFolder.weights(folder)))
        .containsKeys(
            "mask_token",
            "en_outblocks.0.skip_linear.weight",
            "sideblocks.0.attn.rel_pos_bias.relative_position_index");
    made.network()
        .state()
        .forEach(
            (key, tensor) ->
                assertThat(tensor.equal(read.network().state().get(key))).as(key).isTrue());
    Path config = ModelFolder.configFile(folder);
    assertThat(config).isEqualTo(folder.resolve("transformer/config.json"));
    assertThat(ModelFolder.classEmbeddings(config)).isEqualTo(4);
  }
}
