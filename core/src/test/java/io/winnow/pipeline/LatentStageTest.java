package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.LatentMoments;
import io.winnow.artifact.RunLayout;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.files.ContentHash;
import io.winnow.files.Json;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Autoencoders of a few pictures, trained or given: which latents they make, and which not. */
class LatentStageTest {
  private static final String MODEL =
      "model={type: mdt, version: 2, space: latents, patch: 2, width: 16, depth: 2, heads: 2,"
          + " decodeLayer: 1, maskRatio: null, learnSigma: false}";
  private static final String TRAINED =
      "latents={batch: 2, training: {channels: [4, 4], groups: 2, steps: 2, batch: 3}}";

  @TempDir Path folder;
  private final HeardProgress heard = new HeardProgress();
  private boolean stopped;

  private RunLayout run() {
    return new RunLayout(folder.resolve("run"));
  }

  private static Recipe recipe(String... sets) {
    List<String> all = new ArrayList<>(List.of("dataset.path=x", "seed=3", MODEL));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  private LatentStage stage(RunData data, Recipe recipe) {
    return LatentStage.of(recipe, data, run(), Compute.plainCpu(), heard, () -> stopped);
  }

  /** Three cats and two dogs, all of one size. */
  private RunData data(int width, int height) {
    Path set = folder.resolve(width + "x" + height);
    for (int i = 0; i < 5; i++) {
      byte[] rgb = new byte[3 * width * height];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (31 * p * (i + 1));
      }
      String name = i < 3 ? "cat/%d.png" : "dog/%d.png";
      Png.write(new Image(width, height, rgb), set.resolve(name.formatted(i)));
    }
    return SmallSet.open(set, run().folder());
  }

  private StageInputs inputs(Recipe recipe) {
    return new StageInputs(recipe, "the images", id -> Map.of(), path -> "in " + path);
  }

  /** Of cells of 2^(levels - 1) pixels. */
  private static AutoencoderKlConfig shape(int levels, int in, int out, int latent) {
    List<Integer> channels = Collections.nCopies(levels, 4);
    return new AutoencoderKlConfig(in, out, channels, 1, latent, 2, 4, 0.25);
  }

  /** Writes sizes without weights. */
  private String sizes(AutoencoderKlConfig shape) {
    Path given = folder.resolve("sizes");
    Json.write(given.resolve("config.json"), shape.toJson());
    return "latents.vae=" + given;
  }

  @Test
  void modelOnImages_hasNone() {
    try (RunData data = data(4, 4)) {
      assertThat(stage(data, Recipe.read(null, List.of("dataset.path=x")).value())).isNull();
    }
  }

  @Test
  void autoencoder_isTrained_thenEveryImageAndItsMirrorImageEncoded() {
    Recipe recipe = recipe(TRAINED);
    try (RunData data = data(4, 4)) {
      LatentStage stage = stage(data, recipe);
      RunStage training = stage.training(inputs(recipe));
      assertThat(training.id()).isEqualTo(StageId.AUTOENCODER);
      assertThat(training.inputs()).isEqualTo(inputs(recipe).autoencoder());
      assertThat(training.outputs()).containsExactly(run().autoencoder());
      assertThat(stage.vaeFolder()).isEqualTo(run().autoencoder());
      StageOutcome trained = training.run();
      assertThat(trained.images()).isEqualTo(2 * 3);
      assertThat(trained.note()).startsWith("reconstructs").endsWith("on 5 of its images");
      assertThat(heard.lines()).contains("note autoencoder: " + trained.note());

      RunStage encoding = stage.encoding(inputs(recipe));
      assertThat(encoding.id()).isEqualTo(StageId.LATENTS);
      assertThat(encoding.inputs()).isEqualTo(inputs(recipe).latents(run().autoencoder()));
      assertThat(encoding.outputs()).containsExactly(run().latents());
      StageOutcome encoded = encoding.run();
      assertThat(encoded.images()).isEqualTo(2 * 5);
      assertThat(encoded.note()).isEqualTo("latents of 2 x 2 cells, of mirror images as well");
      assertThat(heard.lines()).contains("begin latents 5 images, 0 done");
      try (LatentMoments moments = stage.open();
          AutoencoderKl vae = stage.vae()) {
        assertThat(moments.index())
            .isEqualTo(
                new LatentMoments.Index(
                    ContentHash.of(run().autoencoder()),
                    vae.config().scalingFactor(),
                    data.inventory().hash() + ", 0 by PILLOW_BICUBIC",
                    5,
                    4,
                    2,
                    2,
                    true,
                    LatentMoments.Storage.FLOAT32));
        assertThat(vae.training()).isFalse();
      }
      encoding.discard();
      assertThat(run().latents()).doesNotExist();
      assertThat(run().autoencoder()).exists();
      training.discard();
      assertThat(run().autoencoder()).doesNotExist();
    }
  }

  /** What it was at when it was stopped goes with it. */
  @Test
  void trainingThatWasStopped_leavesAStateToGoOnWith_thatDiscardingRemoves() {
    Recipe recipe = recipe(TRAINED);
    try (RunData data = data(4, 4)) {
      RunStage training = stage(data, recipe).training(inputs(recipe));
      stopped = true;
      assertThatThrownBy(training::run).isInstanceOf(Interrupted.class);
      assertThat(run().autoencoder()).doesNotExist();
      assertThat(run().autoencoderState()).exists();
      training.discard();
      assertThat(run().autoencoderState()).doesNotExist();
    }
  }

  @Test
  void withoutFlip_imagesAreEncodedAsTheyAre() {
    Recipe recipe = recipe(TRAINED, "train.flip=false");
    try (RunData data = data(4, 4)) {
      LatentStage stage = stage(data, recipe);
      stage.run();
      try (LatentMoments moments = stage.open()) {
        assertThat(moments.index().mirrored()).isFalse();
      }
      StageOutcome again = stage.encoding(inputs(recipe)).run();
      assertThat(again.images()).isEqualTo(5);
      assertThat(again.note()).isEqualTo("latents of 2 x 2 cells");
    }
  }

  /** Another seed is another autoencoder. */
  @Test
  void wholeWork_trainsByTheSeed_andEncodes() {
    try (RunData data = data(4, 4)) {
      LatentStage stage = stage(data, recipe(TRAINED));
      stage.run();
      String trained = ContentHash.of(run().autoencoder());
      stage.open().close();
      stage(data, recipe(TRAINED, "seed=4")).run();
      assertThat(ContentHash.of(run().autoencoder())).isNotEqualTo(trained);
    }
  }

  @Test
  void givenAutoencoder_isNotTrained_andMayLieInAPipeline() {
    Path given = folder.resolve("given");
    try (AutoencoderKl vae = new AutoencoderKl(shape(2, 3, 3, 4));
        RunData data = data(4, 4)) {
      vae.initAsTorch(5);
      vae.write(given);
      LatentStage plain = stage(data, recipe("latents.vae=" + given));
      assertThat(plain.vaeFolder()).isEqualTo(given);
      plain.run();
      assertThat(run().autoencoder()).doesNotExist();
      try (LatentMoments moments = plain.open()) {
        assertThat(moments.index().vae()).isEqualTo(ContentHash.of(given));
        assertThat(moments.index().scalingFactor()).isEqualTo(0.25);
      }
      Path pipeline = folder.resolve("pipeline");
      vae.write(pipeline.resolve("vae"));
      assertThat(stage(data, recipe("latents.vae=" + pipeline)).vaeFolder())
          .isEqualTo(pipeline.resolve("vae"));
    }
  }

  @Test
  void latentsOfAnotherAutoencoder_areRefused() {
    try (AutoencoderKl vae = new AutoencoderKl(shape(2, 3, 3, 4));
        RunData data = data(4, 4)) {
      vae.initAsTorch(5);
      vae.write(folder.resolve("given"));
      vae.initAsTorch(6);
      vae.write(folder.resolve("other"));
      stage(data, recipe("latents.vae=" + folder.resolve("given"))).run();
      LatentStage other = stage(data, recipe("latents.vae=" + folder.resolve("other")));
      assertThatThrownBy(other::open)
          .hasMessageStartingWith(run().latents() + ": latents of another autoencoder");
    }
  }

  @Test
  void cells_areOfTheImagesSides() {
    try (RunData data = data(16, 8)) {
      LatentStage trained = stage(data, recipe(TRAINED));
      assertThat(List.of(trained.height(), trained.width())).containsExactly(4, 8);
      LatentStage given = stage(data, recipe(sizes(shape(3, 3, 3, 4))));
      assertThat(List.of(given.height(), given.width())).containsExactly(2, 4);
    }
  }

  private void refused(RunData data, AutoencoderKlConfig shape, String message) {
    Recipe recipe = recipe(sizes(shape));
    assertThatThrownBy(() -> stage(data, recipe).requireFits(recipe.model()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message.replace("SIZES", folder.resolve("sizes").toString()));
  }

  @Test
  void autoencoder_thatFitsModelAndImages_isAccepted() {
    try (RunData data = data(8, 8)) {
      for (int levels : new int[] {2, 3}) { // latents of 4 x 4 and 2 x 2 cells
        Recipe recipe = recipe(sizes(shape(levels, 3, 3, 4)));
        assertThatCode(() -> stage(data, recipe).requireFits(recipe.model()))
            .doesNotThrowAnyException();
      }
      String cells =
          "model.patch: 2, but a latent has 1 x 1 cells; expected a square of a multiple";
      Recipe small = recipe(sizes(shape(4, 3, 3, 4)));
      assertThatThrownBy(() -> stage(data, small).requireFits(small.model()))
          .hasMessageStartingWith(cells);
    }
  }

  @Test
  void autoencoder_ofOtherChannels_isRefused() {
    try (RunData data = data(8, 8)) {
      refused(
          data,
          shape(2, 3, 3, 8),
          "latents.vae: SIZES has latents of 8 channels, but the model denoises 4; expected the"
              + " same. Name another autoencoder.");
      String images =
          "latents.vae: SIZES is of images of %d channels; expected 3. Name another autoencoder.";
      refused(data, shape(2, 1, 3, 4), images.formatted(1));
      refused(data, shape(2, 3, 1, 4), images.formatted(3));
    }
  }

  @Test
  void images_ofNoWholeCells_areRefused() {
    String cells =
        "latents.vae: SIZES makes a cell of 4 x 4 pixels, but images have %s; expected multiples of"
            + " 4. Set dataset.size.";
    try (RunData wide = data(6, 4)) {
      refused(wide, shape(3, 3, 3, 4), cells.formatted("4 x 6"));
    }
    try (RunData high = data(4, 6)) {
      refused(high, shape(3, 3, 3, 4), cells.formatted("6 x 4"));
    }
  }

  @Test
  void folderWithoutSizes_isRefused() {
    try (RunData data = data(4, 4)) {
      LatentStage stage = stage(data, recipe("latents.vae=" + folder.resolve("none")));
      assertThatThrownBy(stage::height)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "latents.vae: "
                  + folder.resolve("none")
                  + " has no config.json; expected the folder of an AutoencoderKL of diffusers, a"
                  + " pipeline with one in vae/, or train.");
    }
  }
}
