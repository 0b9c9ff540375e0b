package io.winnow.model.sd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.PerImageNoise;
import io.winnow.diffusion.StepNoise;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.model.ModelFolder;
import io.winnow.model.clip.TinyTokenizer;
import io.winnow.model.unet.TinyCondition;
import io.winnow.nn.Layer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StableDiffusionTest {
  @TempDir Path home;

  private Path written(StableDiffusion model) {
    Path folder = home.resolve("model");
    AtomicFolder.write(folder, f -> StableDiffusionFolder.write(f, model, model.unet().state()));
    return folder;
  }

  private static void assertSame(Layer read, Layer network) {
    network
        .state()
        .forEach(
            (key, tensor) ->
                assertThat(Tensors.floats(read.state().get(key)))
                    .as(key)
                    .containsExactly(Tensors.floats(tensor)));
  }

  @Test
  void folder_writtenAndRead_isTheSameModel() {
    StableDiffusion model = TinyStableDiffusion.model();
    Path folder = written(model);
    StableDiffusion read = StableDiffusionFolder.read(folder);
    assertSame(read.unet(), model.unet());
    assertSame(read.vae(), model.vae());
    assertSame(read.textEncoder(), model.textEncoder());
    assertThat(read.unet().config().withDropout(0.1)).isEqualTo(model.unet().config());
    assertThat(read.scheduler()).isEqualTo(model.scheduler());
    assertThat(read.tokenizer().encode("the cat")).isEqualTo(model.tokenizer().encode("the cat"));
    assertSame((Layer) ModelFolder.readNetwork(folder), model.unet());
    assertThat(ModelFolder.classEmbeddings(ModelFolder.configFile(folder))).isNull();
  }

  @Test
  void read_folderWithPartsMissing_namesThemAll() throws IOException {
    Path folder = written(TinyStableDiffusion.model());
    AtomicFolder.delete(folder.resolve("vae"));
    Files.delete(folder.resolve("tokenizer/vocab.json"));
    assertThatThrownBy(() -> StableDiffusionFolder.read(folder))
        .hasMessage(
            folder
                + ": lacks vae/config.json, tokenizer/vocab.json; expected the folder of a whole"
                + " StableDiffusionPipeline. Fetch the missing parts as well.");
  }

  @Test
  void read_folderOfAnotherPipeline_isRefused() {
    Path folder = written(TinyStableDiffusion.model());
    AtomicFile.writeString(
        folder.resolve("model_index.json"), "{\"_class_name\": \"StableDiffusionXLPipeline\"}");
    assertThatThrownBy(() -> StableDiffusionFolder.read(folder))
        .hasMessageContaining("_class_name: \"StableDiffusionXLPipeline\" is not supported");
  }

  @Test
  void read_schedulerThatIsNotHere_isRefusedByName() {
    Path folder = written(TinyStableDiffusion.model());
    AtomicFile.writeString(
        folder.resolve("scheduler/scheduler_config.json"), "{\"_class_name\": \"LCMScheduler\"}");
    assertThatThrownBy(() -> StableDiffusionFolder.read(folder))
        .hasMessageContaining("_class_name: \"LCMScheduler\" is not supported;")
        .hasMessageContaining("\"DDIMScheduler\"");
  }

  @Test
  void model_ofPartsOfDifferentModels_isRefusedWithEveryProblem() {
    assertThatThrownBy(
            () ->
                new StableDiffusion(
                    TinyCondition.network(8, false),
                    TinyStableDiffusion.vae(16),
                    TinyStableDiffusion.text(12),
                    TinyTokenizer.of(9),
                    TinyStableDiffusion.scheduler()))
        .hasMessage(
            "StableDiffusion: unet in_channels is 4, but vae latent_channels is 16; unet"
                + " out_channels is 4, but vae latent_channels is 16; unet cross_attention_dim is"
                + " 8, but text_encoder hidden_size is 12; tokenizer model_max_length is 9, but"
                + " text_encoder max_position_embeddings is 8. The parts are of different models;"
                + " take all from one checkpoint.");
  }

  @Test
  void write_withoutEveryWeight_isRefused() {
    StableDiffusion model = TinyStableDiffusion.model();
    assertThatThrownBy(() -> StableDiffusionFolder.write(home, model, Map.of()))
        .hasMessage(
            "StableDiffusionFolder.write: no weight conv_in.weight; expected every key of the"
                + " U-Net");
  }

  @Test
  void scheduler_ofThePublishedFolder_isTakenOverAsDdim() {
    assertThat(TinyStableDiffusion.scheduler().ddim()).isTrue();
    assertThat(TinyStableDiffusion.scheduler().stepsOffset()).isEqualTo(1);
    assertThat(TinyStableDiffusion.scheduler().clipSample()).isFalse();
    assertThat(TinyStableDiffusion.scheduler().setAlphaToOne()).isFalse();
  }

  @Test
  void encode_textsOfAnyOrder_areTheirOwnStatesAndTooLongOnesAreCounted() {
    try (Scope scope = Scope.open()) {
      StableDiffusion model = TinyStableDiffusion.model();
      String tooLong = "the the the the the the the";
      PromptEncoder.Texts texts = model.encode(List.of("the", tooLong, "the", "cat", tooLong));
      assertThat(texts.states().shape()).containsExactly(5, 8, 8);
      assertThat(texts.ids().shape()).containsExactly(5, 8);
      assertThat(texts.truncated()).isEqualTo(2);
      float[] third = Tensors.floats(texts.states().select(0, 2));
      assertThat(third).containsExactly(Tensors.floats(texts.states().select(0, 0)));
      float[] cat = Tensors.floats(model.encode(List.of("cat")).states());
      float[] fourth = Tensors.floats(texts.states().select(0, 3));
      for (int i = 0; i < cat.length; i++) {
        assertThat(fourth[i]).isCloseTo(cat[i], within(1e-5f));
      }
    }
  }

  @Test
  void latents_ofImages_areScaledSamples() {
    try (Scope scope = Scope.open()) {
      StableDiffusion model = TinyStableDiffusion.model();
      Tensor images = RandomStreams.of(1).normal(new long[] {1, 3, 8, 8}, "images");
      Tensor zero = RandomStreams.of(1).normal(new long[] {1, 4, 4, 4}, "noise").zero_();
      float[] latents = Tensors.floats(model.latents(images, zero));
      float[] mean = Tensors.floats(model.vae().encode(images).mean());
      for (int i = 0; i < mean.length; i++) {
        assertThat(latents[i]).isCloseTo(mean[i] * 0.18215f, within(1e-6f));
      }
    }
  }

  private static TextToImage.Settings settings(GuidanceStrength guidance, int height) {
    return new TextToImage.Settings(height, 8, 3, 0, guidance, "");
  }

  private static float[] image(StableDiffusion model, GuidanceStrength guidance, long... numbers) {
    try (Scope scope = Scope.open()) {
      TextToImage sampling = new TextToImage(model, settings(guidance, 16));
      Tensor noise = sampling.initial(new PerImageNoise(RandomStreams.of(9), numbers));
      List<String> prompts = Collections.nCopies(numbers.length, "the");
      Tensor latents = sampling.latents(prompts, noise, StepNoise.none(), step -> {});
      assertThat(latents.shape()).containsExactly(numbers.length, 4, 8, 4);
      return Tensors.floats(model.images(latents).select(0, 0));
    }
  }

  @Test
  void sample_imageInAnyBatch_isTheSame() {
    StableDiffusion model = TinyStableDiffusion.model();
    float[] alone = image(model, GuidanceStrength.ofScale(5), 3);
    float[] beside = image(model, GuidanceStrength.ofScale(5), 3, 4);
    assertThat(alone).hasSize(3 * 16 * 8);
    for (int i = 0; i < alone.length; i++) {
      assertThat(alone[i]).isCloseTo(beside[i], within(1e-4f));
    }
  }

  @Test
  void sample_scaleAndWeight_areTheSameGuidance() {
    StableDiffusion model = TinyStableDiffusion.model();
    float[] scale = image(model, GuidanceStrength.ofScale(5), 3);
    assertThat(image(model, GuidanceStrength.ofWeight(4), 3)).containsExactly(scale);
    assertThat(image(model, GuidanceStrength.ofScale(1), 3)).isNotEqualTo(scale);
    assertThat(image(model, GuidanceStrength.ofScale(0.5), 3))
        .containsExactly(image(model, GuidanceStrength.ofWeight(0), 3));
  }

  @Test
  void sample_sizeThatTheAutoencoderCannotMake_isRefusedWithTheFactor() {
    StableDiffusion model = TinyStableDiffusion.model();
    assertThatThrownBy(() -> new TextToImage(model, settings(GuidanceStrength.ofScale(5), 9)))
        .hasMessage(
            "TextToImage: 9 x 8 pixels, but the autoencoder reduces by 2; use multiples of it");
    TextToImage sampling = new TextToImage(model, settings(GuidanceStrength.ofScale(5), 16));
    Tensor ofFactor4 = RandomStreams.of(1).normal(new long[] {1, 4, 4, 2}, "noise");
    assertThatThrownBy(
            () -> sampling.latents(List.of("the"), ofFactor4, StepNoise.none(), step -> {}))
        .hasMessageContaining("cells of 2 pixels")
        .hasMessageContaining("shape [1, 4, 4, 2], expected [1, 4, 8, 4]");
  }

  @Test
  void place_thenSample_isInTheLayoutOfTheDevice() {
    StableDiffusion model = TinyStableDiffusion.model();
    float[] before = image(model, GuidanceStrength.ofScale(5), 3);
    model.place(new Compute(Compute.plainCpu().device(), false, 1, true));
    float[] after = image(model, GuidanceStrength.ofScale(5), 3);
    for (int i = 0; i < before.length; i++) {
      assertThat(after[i]).isCloseTo(before[i], within(1e-4f));
    }
  }

  @Test
  void sample_again_leavesNoPointers() {
    StableDiffusion model = TinyStableDiffusion.model();
    image(model, GuidanceStrength.ofScale(5), 3);
    long before = Pointer.totalCount();
    image(model, GuidanceStrength.ofScale(5), 3);
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before + 8); // constants of Guided
  }
}
