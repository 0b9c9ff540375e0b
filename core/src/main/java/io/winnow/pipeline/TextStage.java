package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.TextStates;
import io.winnow.config.OrNull;
import io.winnow.data.Prompts;
import io.winnow.files.ContentHash;
import io.winnow.files.Sha256;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.train.Prompted;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The texts of a run: which ones its images and classes have, and their states, each encoded once.
 */
final class TextStage {
  private final Recipe recipe;
  private final RunData data;
  private final RunLayout run;
  private final Compute compute;
  private final Progress listener;
  private final BooleanSupplier stop;
  private Prompts prompts; // null: not read yet

  TextStage(
      Recipe recipe,
      RunData data,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    this.recipe = recipe;
    this.data = data;
    this.run = run;
    this.compute = compute;
    this.listener = listener;
    this.stop = stop;
  }

  /** Null for a recipe whose model is told no texts. */
  static @OrNull TextStage of(
      Recipe recipe,
      RunData data,
      RunLayout run,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    return recipe.model().prompted()
        ? new TextStage(recipe, data, run, compute, listener, stop)
        : null;
  }

  /** The texts of classes and images, read on the first call. */
  Prompts prompts() {
    if (prompts == null) {
      prompts =
          Prompts.of(
              recipe.texts(),
              data.config(),
              data.dataset().classes(),
              data.inventory().ids(),
              data.labels());
    }
    return prompts;
  }

  /** What encodes them: the same for all networks of the run. */
  PromptEncoder encoder() {
    return recipe.model().promptEncoder(RandomStreams.of(recipe.seed()).bits("init.text"));
  }

  /** All texts that are asked for: of images, and of classes to sample. */
  List<String> texts() {
    List<String> texts = new ArrayList<>(prompts().byClass());
    texts.addAll(prompts().byImage());
    return texts;
  }

  /** Encodes what is missing, and says how many texts were cut and how many images had none. */
  StageOutcome run() {
    compute.apply();
    TextStates.Index index;
    try (PromptEncoder encoder = encoder()) {
      compute.place(encoder.transformer());
      index =
          TextStates.Index.of(
              Sha256.of(StageInputs.textEncoder(recipe, ContentHash::of).toString()),
              encoder.tokens(),
              encoder.width(),
              texts(),
              encoder::truncated);
      TextStates.write(run.texts(), index, texts -> encoder.encode(texts).states(), listener, stop);
    }
    List<String> notes = new ArrayList<>(List.of(index.prompts().size() + " texts"));
    if (index.truncated() > 0) {
      notes.add(
          "%d of them longer than %d tokens and cut there"
              .formatted(index.truncated(), index.tokens()));
    }
    if (prompts().missing() > 0) {
      notes.add(
          "%d of %d images without a caption, told their class"
              .formatted(prompts().missing(), data.size()));
    }
    notes.stream().skip(1).forEach(note -> listener.note("texts: " + note));
    return new StageOutcome(0, String.join("; ", notes));
  }

  TextStates open() {
    return TextStates.open(run.texts());
  }

  /** What a network in training is told. */
  Prompted told(TextStates states) {
    return new Prompted(states, prompts().byImage(), recipe.model().labelDropout());
  }

  /** The encoding of the texts as a stage of a run. */
  RunStage stage(StageInputs inputs) {
    return new PlainStage(
        StageId.TEXTS, () -> inputs.texts(texts()), List.of(run.texts()), List.of(), this::run);
  }
}
