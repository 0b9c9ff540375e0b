package io.winnow.pipeline;

import io.winnow.data.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Pictures as PNG files, the same bytes for the same pixels. */
final class Pictures {
  private Pictures() {}

  /** A PNG file's content. */
  static byte[] png(Image image) {
    BufferedImage picture =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int y = 0, p = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++, p += 3) {
        int pixel = ((rgb[p] & 255) << 16) | ((rgb[p + 1] & 255) << 8) | (rgb[p + 2] & 255);
        picture.setRGB(x, y, pixel);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false);
      ImageIO.write(picture, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException("a picture could not be encoded", e);
    }
    return out.toByteArray();
  }

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
