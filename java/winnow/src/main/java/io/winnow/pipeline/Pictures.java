package io.winnow.pipeline;

import io.winnow.data.Image;
import java.util.Locale;

/** Pictures between planes, files and folders. */
final class Pictures {
  private Pictures() {}

  /**
   * An image out of planes.
   *
   * @param planes images one after the other, [B, 3, H, W]
   * @param index of the image wanted
   */
  static Image fromPlanes(byte[] planes, int index, int height, int width) {
    int plane = height * width;
    byte[] rgb = new byte[3 * plane];
    int first = index * 3 * plane;
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < plane; p++) {
        rgb[3 * p + c] = planes[first + c * plane + p];
      }
    }
    return new Image(width, height, rgb);
  }

  /** A class name as a folder name: what file systems and URLs refuse becomes an underscore. */
  static String folderName(String className) {
    String name = className.replaceAll("[^\\p{L}\\p{N}._-]", "_");
    return name.isEmpty() || name.startsWith(".") ? "_" + name.toLowerCase(Locale.ROOT) : name;
  }
}
