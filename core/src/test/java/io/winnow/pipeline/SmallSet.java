package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.StrictYaml;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.data.Resize;
import io.winnow.diffusion.Parameterization;
import io.winnow.model.ModelFolder;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A few pictures of 4 x 4 pixels in a folder per class, and runs over them. */
final class SmallSet {
  private SmallSet() {}

  /** Writes {@code CLASS/N.png}, each of a colour of its own. */
  static void images(Path set, String className, int count) {
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[3 * 16];
      Arrays.fill(rgb, (byte) (37 * i + className.hashCode()));
      Png.write(new Image(4, 4, rgb), set.resolve(className).resolve(i + ".png"));
    }
  }

  static DatasetConfig config(Path set) {
    return new DatasetConfig(
        DatasetConfig.Type.IMAGE_FOLDER,
        set.toString(),
        "",
        0,
        Resize.PILLOW_BICUBIC,
        1L << 20,
        0.5,
        100);
  }

  /**
   * A recipe over the pictures, with a network for them.
   *
   * @param base keys of it, as {@code --set} has them
   * @param sets further ones, on top
   */
  static StrictYaml.Resolved<Recipe> recipe(Path set, List<String> base, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset={type: image-folder, path: " + set + ", split: ''}",
                "model={width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4}"));
    all.addAll(base);
    all.addAll(List.of(sets));
    return Recipe.read(null, all);
  }

  /** Writes an untrained network for them, with much dropout. */
  static ModelFolder model(Path folder, int classes) {
    Recipe recipe = recipe(folder, List.of("model.dropout=0.5")).value();
    ModelFolder made = ModelFolder.create(recipe.model(), Parameterization.EPS, 4, 4, classes, 7);
    try (Scope scope = Scope.open()) {
      made.write(folder, made.network().state());
    }
    return made;
  }

  static RunData open(Path set, Path run) {
    return RunData.open(config(set), 0, new RunLayout(run), Progress.SILENT);
  }
}
