package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.pipeline.Judges.Real;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The images that samples are compared with, as the model saw images: where it is trained on
 * another size, they are brought to that size, and then to the encoder's input as the samples are.
 * What an encoder makes of them has a folder of its own in the run.
 */
final class RealImages {
  private final Recipe recipe;
  private final RunData data;
  private final RunLayout run;

  RealImages(Recipe recipe, RunData data, RunLayout run) {
    this.recipe = recipe;
    this.data = data;
    this.run = run;
  }

  /**
   * Opens them; the caller closes them unless they are the training images.
   *
   * @return null where the recipe wants none
   * @throws IllegalArgumentException when there is no such split
   */
  @OrNull
  Dataset open(Real real) {
    Dataset found =
        switch (real) {
          case TRAINING -> data.dataset();
          case REFERENCE -> OtherImages.openReference(recipe);
          case HELD_OUT -> OtherImages.heldOut(recipe, run).open();
        };
    return found == null
        ? null
        : Datasets.resized(found, recipe.dataset().size(), recipe.dataset().resize());
  }

  /** Whether the recipe wants images that are not there. */
  boolean isMissing(Real real) {
    return real == Real.HELD_OUT
        && OtherImages.heldOut(recipe, run).identity().equals(OtherImages.NONE);
  }

  /** What identifies them, and the size that they are brought to. */
  String identity(Real real) {
    String images =
        switch (real) {
          case TRAINING -> data.inventory().hash();
          case REFERENCE -> OtherImages.reference(recipe, run).identity();
          case HELD_OUT -> OtherImages.heldOut(recipe, run).identity();
        };
    return images + size();
  }

  /**
   * Where the features of an encoder are kept. The recipe's own and another one of the same name
   * have folders of their own.
   */
  Path features(Real real, String encoder) {
    String prefix =
        switch (real) {
          case TRAINING -> "";
          case REFERENCE -> "reference-";
          case HELD_OUT -> "held-out-";
        };
    return run.features(prefix + space(encoder) + size());
  }

  /**
   * A side of an evaluation.
   *
   * @param opened by {@link #open}
   */
  ImageSide side(Real real, Dataset opened) {
    return ImageSide.of(
        opened, identity(real), encoder -> features(real, encoder.identity().name()));
  }

  /** Name of a folder of what an encoder makes. */
  String space(String encoder) {
    boolean other =
        encoder.equals(recipe.encode().encoder()) && !new Judges(recipe).isSelector(encoder);
    return other ? encoder + "-judge" : encoder;
  }

  /** What was done to the images that a reader of the numbers should know. */
  List<String> notes() {
    DatasetConfig config = recipe.dataset();
    return config.size() == 0
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "reference images brought to %d x %d (%s) as for training, then to the encoder's"
                    + " input as the samples are",
                config.size(),
                config.size(),
                config.resize().name().toLowerCase(Locale.ROOT)));
  }

  private String size() {
    DatasetConfig config = recipe.dataset();
    return config.size() == 0
        ? ""
        : "-at-" + config.size() + "-" + config.resize().name().toLowerCase(Locale.ROOT);
  }
}
