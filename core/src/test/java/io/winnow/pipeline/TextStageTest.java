package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.TextStates;
import io.winnow.files.AtomicFile;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.task.HeardProgress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.Prompted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of three cats and two dogs, and what is said of those that are cut or missing. */
class TextStageTest {
  @TempDir Path folder;
  private RunLayout run;
  private final HeardProgress heard = new HeardProgress();

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 3);
    SmallSet.images(folder.resolve("set"), "dog", 2);
    run = new RunLayout(folder.resolve("run"));
  }

  private static Recipe recipe(String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.path=x",
                "model={type: stable-diffusion, sizes: {width: 8, multipliers: [1], blocks: 1,"
                    + " attention: [0], heads: 1, groups: 4, text: {width: 8, layers: 1, heads:"
                    + " 1}}}",
                "latents={vae: x}"));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  private TextStage stage(RunData data, Recipe recipe) {
    return TextStage.of(recipe, data, run, Compute.plainCpu(), heard, () -> false);
  }

  @Test
  void modelsOnClasses_areToldNoTexts() {
    Recipe plain = Recipe.read(null, List.of("dataset.path=x")).value();
    try (RunData data = SmallSet.open(folder.resolve("set"), run.folder())) {
      assertThat(stage(data, plain)).isNull();
    }
  }

  @Test
  void promptsOfClasses_areEncoded_andNothingMoreIsSaid() {
    try (RunData data = SmallSet.open(folder.resolve("set"), run.folder())) {
      TextStage stage = stage(data, recipe());
      assertThat(stage.texts())
          .startsWith("a photo of a cat", "a photo of a dog")
          .hasSize(7)
          .containsOnly("a photo of a cat", "a photo of a dog");
      StageOutcome outcome = stage.run();
      assertThat(outcome.images()).isZero();
      assertThat(outcome.note()).isEqualTo("3 texts"); // the empty one too
      assertThat(heard.lines()).noneMatch(line -> line.startsWith("note"));
      RunStage asStage =
          stage.stage(new StageInputs(recipe(), "images", id -> Map.of(), path -> "in " + path));
      assertThat(asStage.id()).isEqualTo(StageId.TEXTS);
      assertThat(asStage.outputs())
          .containsExactly(run.texts())
          .allSatisfy(p -> assertThat(p).exists());
      assertThat(asStage.inputs()).containsKeys("texts", "sizes", "seed");
      asStage.discard();
      assertThat(run.texts()).doesNotExist();
      assertThat(asStage.run().note()).isEqualTo("3 texts");
      assertThat(run.texts()).exists();
    }
  }

  @Test
  void captions_thatAreCutOrMissing_areCountedAndSaid() {
    AtomicFile.writeString(folder.resolve("set/cat/0.txt"), "a cat asleep");
    AtomicFile.writeString(folder.resolve("set/cat/1.txt"), "very ".repeat(200) + "long");
    AtomicFile.writeString(folder.resolve("set/dog/1.txt"), "two dogs");
    try (RunData data = SmallSet.open(folder.resolve("set"), run.folder())) {
      TextStage stage = stage(data, recipe("prompts={captions: txt, maxMissing: 0.5}"));
      assertThat(stage.prompts().byImage().get(0)).isEqualTo("a cat asleep");
      assertThat(stage.prompts().byImage().get(2)).isEqualTo("a photo of a cat");
      String note = stage.run().note();
      assertThat(note)
          .startsWith("6 texts; 1 of them longer than ")
          .contains(" tokens and cut there; ")
          .endsWith("; 2 of 5 images without a caption, told their class");
      assertThat(heard.lines())
          .filteredOn(line -> line.startsWith("note"))
          .hasSize(2)
          .allMatch(line -> line.startsWith("note texts: "))
          .last()
          .isEqualTo("note texts: 2 of 5 images without a caption, told their class");
    }
  }

  /** States are those of the run's own encoder, which the seed decides; told by image. */
  @Test
  void networkInTraining_isToldTheTextOfEveryImage_orNoneAtTheRecipesShare() {
    AtomicFile.writeString(folder.resolve("set/dog/1.txt"), "two dogs");
    Recipe recipe = recipe("prompts={captions: txt, maxMissing: 0.9}", "model.promptDropout=0.25");
    try (RunData data = SmallSet.open(folder.resolve("set"), run.folder())) {
      TextStage stage = stage(data, recipe);
      stage.run();
      try (Scope scope = Scope.open();
          TextStates states = stage.open();
          PromptEncoder encoder = stage.encoder();
          PromptEncoder other = stage(data, recipe("seed=1")).encoder()) {
        Prompted told = stage.told(states);
        assertThat(told.labelDropout()).isEqualTo(0.25);
        List<String> texts = List.of("a photo of a cat", "two dogs");
        double[] expected = Tensors.doubles(encoder.encode(texts).states());
        Tensor given = told.of(new int[] {1, 4}, new int[2]).tensors().get(0);
        assertThat(Tensors.doubles(given)).containsExactly(expected, within(1e-6));
        assertThat(Tensors.doubles(other.encode(texts).states())).isNotEqualTo(expected);
      }
    }
  }
}
