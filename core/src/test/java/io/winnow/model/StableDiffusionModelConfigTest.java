package io.winnow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StableDiffusionModelConfigTest {
  private static final StableDiffusionModelConfig.Sizes SIZES =
      new StableDiffusionModelConfig.Sizes(
          8, List.of(1, 2), 1, List.of(0), 2, 4, new StableDiffusionModelConfig.Text(12, 2, 2));

  @TempDir Path home;

  private static StableDiffusionModelConfig untrained() {
    return new StableDiffusionModelConfig(null, SIZES, null, null);
  }

  private static StableDiffusionModelConfig from(Path folder) {
    return new StableDiffusionModelConfig(folder.toString(), null, true, 0.1);
  }

  private static AutoencoderKlConfig vae(double scale, Integer... channels) {
    return new AutoencoderKlConfig(3, 3, List.of(channels), 1, 4, 4, 16, scale);
  }

  private static ModelFolder whole(StableDiffusionModelConfig config, long seed) {
    AutoencoderKl vae = new AutoencoderKl(vae(0.18215, 8, 16));
    vae.initAsTorch(5);
    vae.train(false);
    return ModelFolder.create(config, Parameterization.EPS, 6, 8, 10, seed)
        .withVae(vae)
        .withPrompts(config.promptEncoder(3));
  }

  private Path written(ModelFolder model) {
    Path folder = home.resolve("sd");
    AtomicFolder.write(folder, place -> model.write(place, model.network().state()));
    return folder;
  }

  private static float[] predicted(ModelFolder model) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor states = model.prompts().encode(List.of("a church")).states();
      Condition told = Condition.ofPrompts(states, states);
      Tensor x = RandomStreams.of(1).normal(new long[] {1, 4, 6, 8}, "x");
      model.network().train(false);
      return Tensors.floats(
          model.network().predict(x, Tensors.of(new long[] {400}, 1), told).value());
    }
  }

  @Test
  void folder_writtenAndRead_givesTheSamePredictions_ofTheSameTexts() {
    ModelFolder model = whole(untrained(), 1);
    ModelFolder read = ModelFolder.read(written(model));
    assertThat(predicted(read)).containsExactly(predicted(model));
    assertThat(read.scheduler()).isEqualTo(model.scheduler());
    assertThat(read.network().imageHeight()).isEqualTo(6);
    assertThat(read.network().imageWidth()).isEqualTo(8);
    assertThat(read.vae().config()).isEqualTo(model.vae().config());
    assertThat(home.resolve("sd/model_index.json")).content().contains("StableDiffusionPipeline");
  }

  @Test
  void from_aFolder_beginsWithItsWeights_forLatentsOfTheRun() {
    ModelFolder model = whole(untrained(), 1);
    Path folder = written(model);
    ModelFolder fineTuned = whole(from(folder), 2);
    assertThat(predicted(fineTuned)).containsExactly(predicted(model));
    assertThat(fineTuned.scheduler()).isEqualTo(model.scheduler());
    assertThat(from(folder).labelDropout()).isEqualTo(0.1);
    UNet2dCondition larger = (UNet2dCondition) from(folder).network(32, 16, 10);
    assertThat(larger.config().sampleHeight()).isEqualTo(32);
    assertThat(larger.config().sampleWidth()).isEqualTo(16);
  }

  @Test
  void untrained_isDrawnFromTheSeed_andHasThePublishedProcess() {
    assertThat(predicted(whole(untrained(), 2))).isNotEqualTo(predicted(whole(untrained(), 1)));
    assertThat(predicted(whole(untrained(), 1))).isEqualTo(predicted(whole(untrained(), 1)));
    assertThat(whole(untrained(), 1).scheduler().schedule())
        .isEqualTo(new ScheduleConfig.ScaledLinear(1000, 0.00085, 0.012));
    assertThat(untrained().labelDropout()).isZero();
  }

  @Test
  void textEncoder_ofTheSameSeed_isTheSame_inEvaluationMode() {
    try (Scope scope = Scope.open()) {
      PromptEncoder one = untrained().promptEncoder(3);
      assertThat(one.transformer().training()).isFalse();
      assertThat(one.tokens()).isEqualTo(77);
      List<String> text = List.of("a photo of a French horn");
      float[] states = Tensors.floats(one.encode(text).states());
      assertThat(Tensors.floats(untrained().promptEncoder(3).encode(text).states()))
          .containsExactly(states);
      assertThat(Tensors.floats(untrained().promptEncoder(4).encode(text).states()))
          .isNotEqualTo(states);
      assertThat(one.truncated(List.of("", "x".repeat(75), "x".repeat(76)))).isEqualTo(1);
    }
  }

  @Test
  void from_folderThatLacksAPart_orOfAnotherPrediction_orScheduler_isRefused() throws IOException {
    Path folder = written(whole(untrained(), 1));
    assertThatThrownBy(() -> from(folder).scheduler(Parameterization.V))
        .hasMessage(
            "train.prediction: v_prediction, but the network of "
                + folder
                + " predicts epsilon; expected the same. Set train.prediction.");
    AtomicFile.writeString(
        folder.resolve("scheduler/scheduler_config.json"),
        "{\"_class_name\": \"HeunDiscreteScheduler\"}");
    assertThatThrownBy(() -> from(folder).scheduler(Parameterization.EPS))
        .hasMessageContaining("_class_name: \"HeunDiscreteScheduler\" is not supported");
    AtomicFolder.delete(folder.resolve("text_encoder"));
    assertThatThrownBy(() -> from(folder).requireFits(32, 32, 10))
        .hasMessageStartingWith(folder + ": lacks text_encoder/config.json; expected the folder");
  }

  @Test
  void from_aFolder_onLatentsOfAnotherCellOrScale_isRefused() {
    Path folder = written(whole(untrained(), 1));
    from(folder).requireLatentsOf(vae(0.18215, 4, 8));
    untrained().requireLatentsOf(vae(0.5, 8, 8, 8));
    assertThatThrownBy(() -> from(folder).requireLatentsOf(vae(0.18215, 8, 8, 8)))
        .hasMessage(
            "latents.vae: not that of the network in %s: cells of 4 pixels, scaling_factor 0.18215;"
                    .formatted(folder)
                + " expected cells of 2 and 0.18215. Set latents.vae: %s.".formatted(folder));
    assertThatThrownBy(() -> from(folder).requireLatentsOf(vae(0.5, 8, 16)))
        .hasMessageContaining("cells of 2 pixels, scaling_factor 0.5; expected cells of 2 and");
  }

  @Test
  void unetAlone_isNotWritten() {
    ModelFolder alone =
        ModelFolder.create(untrained(), Parameterization.EPS, 8, 8, 10, 1).withVae(null);
    assertThatThrownBy(() -> alone.write(home, alone.network().state()))
        .hasMessageStartingWith(
            "ModelFolder.write: a text-conditional U-Net without its autoencoder");
  }

  @Test
  void settings_thatContradictEachOther_areRefused() {
    assertThatThrownBy(() -> new StableDiffusionModelConfig(null, null, null, null))
        .hasMessageStartingWith("from and sizes are both absent");
    assertThatThrownBy(() -> new StableDiffusionModelConfig("there", SIZES, null, null))
        .hasMessageStartingWith("from and sizes are both given");
    assertThatThrownBy(() -> new StableDiffusionModelConfig("there", null, null, 1.0))
        .hasMessageStartingWith("promptDropout is 1.0, but must be in [0, 1)");
  }
}
