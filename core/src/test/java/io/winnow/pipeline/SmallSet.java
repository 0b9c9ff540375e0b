package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.data.Resize;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.Arrays;

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

  static RunData open(Path set, Path run) {
    return RunData.open(config(set), 0, new RunLayout(run), Progress.SILENT);
  }
}
