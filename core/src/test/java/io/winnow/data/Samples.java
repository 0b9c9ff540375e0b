package io.winnow.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small pictures and folders of them. */
final class Samples {
  private Samples() {}

  /** A picture of one colour per seed, with a slope: no two seeds or channels look alike. */
  static Image picture(int width, int height, int seed) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (40 * seed + i / 3 + 17 * (i % 3));
    }
    return new Image(width, height, rgb);
  }

  /** A folder with two classes of two pictures each, 8 x 8, as PNG. */
  static Path twoClasses(Path folder) {
    int seed = 0;
    for (String file : new String[] {"cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png"}) {
      Png.write(picture(8, 8, seed++), folder.resolve(file));
    }
    return folder;
  }

  static DatasetConfig folder(Path path, String split) {
    return new DatasetConfig(
        DatasetConfig.Type.IMAGE_FOLDER,
        path.toString(),
        split,
        0,
        Resize.AVERAGE,
        1 << 20,
        0.1,
        0);
  }

  static DatasetConfig cifar(Path path, String split) {
    return new DatasetConfig(
        DatasetConfig.Type.CIFAR10, path.toString(), split, 16, Resize.AVERAGE, 1 << 20, 0.1, 0);
  }

  static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }
}
