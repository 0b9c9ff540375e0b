package io.winnow.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;

/** Pictures from and to the JDK's class for them. */
final class BufferedImages {
  private BufferedImages() {}

  /**
   * Colour without alpha; greyscale is tripled from its samples, 16 bits keep the upper 8.
   *
   * @throws BadImageException for samples of more than 16 bits, whose range no file states
   */
  static Image rgb(BufferedImage picture) throws BadImageException {
    int bits = picture.getSampleModel().getSampleSize(0);
    if (bits > 16) {
      throw new BadImageException(
          bits + " bits per channel (floating point or wide integers); expected 8 or 16");
    }
    int width = picture.getWidth();
    int height = picture.getHeight();
    byte[] rgb = new byte[width * height * 3];
    if (picture.getColorModel().getColorSpace().getNumComponents() == 1) {
      grey(picture, rgb);
    } else {
      int[] row = new int[width];
      for (int y = 0, at = 0; y < height; y++) {
        picture.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++, at += 3) {
          rgb[at] = (byte) (row[x] >> 16);
          rgb[at + 1] = (byte) (row[x] >> 8);
          rgb[at + 2] = (byte) row[x];
        }
      }
    }
    return new Image(width, height, rgb);
  }

  /** From the samples: getRGB would pass them through a colour profile. */
  private static void grey(BufferedImage picture, byte[] rgb) {
    Raster raster = picture.getRaster();
    int bits = picture.getSampleModel().getSampleSize(0);
    int[] row = new int[picture.getWidth()];
    for (int y = 0, at = 0; y < picture.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int x = 0; x < row.length; x++) {
        int level = bits > 8 ? row[x] >> (bits - 8) : row[x] * 255 / ((1 << bits) - 1);
        rgb[at++] = (byte) level;
        rgb[at++] = (byte) level;
        rgb[at++] = (byte) level;
      }
    }
  }

  static BufferedImage of(Image image) {
    BufferedImage picture =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int y = 0, at = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++, at += 3) {
        picture.setRGB(
            x, y, (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF));
      }
    }
    return picture;
  }
}
