package io.winnow.data;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG files in four inks. The raw samples come from the reader; colour is then as in libjpeg (YCCK
 * to CMYK) and Pillow (Adobe's files store the inks inverted; CMYK to RGB without a profile).
 */
final class CmykJpeg {
  private CmykJpeg() {}

  static Image decode(byte[] encoded) throws BadImageException {
    int transform = adobeTransform(encoded);
    Raster samples = samples(encoded);
    byte[] rgb = new byte[samples.getWidth() * samples.getHeight() * 3];
    int[] row = new int[4 * samples.getWidth()];
    for (int y = 0, at = 0; y < samples.getHeight(); y++) {
      samples.getPixels(0, y, samples.getWidth(), 1, row);
      for (int x = 0; x < row.length; x += 4) {
        if (transform == 2) {
          fromYcc(row, x);
        }
        int black = transform >= 0 ? row[x + 3] : 255 - row[x + 3];
        for (int c = 0; c < 3; c++) {
          int ink = transform >= 0 ? 255 - row[x + c] : row[x + c];
          rgb[at++] = (byte) clip(black - scaled(ink, black));
        }
      }
    }
    return new Image(samples.getWidth(), samples.getHeight(), rgb);
  }

  /** a * b / 255, rounded, in integers, as in Pillow. */
  private static int scaled(int a, int b) {
    int t = a * b + 128;
    return (t + (t >> 8)) >> 8;
  }

  /** Y, Cb, Cr to the three inks as libjpeg does it: 255 - (R, G, B), with its rounding. */
  private static void fromYcc(int[] row, int x) {
    int luma = row[x];
    int cb = row[x + 1] - 128;
    int cr = row[x + 2] - 128;
    row[x] = clip(255 - (luma + ((91881 * cr + 32768) >> 16)));
    row[x + 1] = clip(255 - (luma + ((-22554 * cb - 46802 * cr + 32768) >> 16)));
    row[x + 2] = clip(255 - (luma + ((116130 * cb + 32768) >> 16)));
  }

  private static int clip(int level) {
    return Math.min(255, Math.max(0, level));
  }

  /** The transform byte of Adobe's marker: 0 CMYK, 2 YCCK; -1 without the marker. */
  private static int adobeTransform(byte[] file) {
    int at = 2;
    while (at + 15 < file.length && (file[at + 1] & 0xFF) != 0xDA) {
      boolean adobe =
          (file[at + 1] & 0xFF) == 0xEE
              && file[at + 4] == 'A'
              && file[at + 5] == 'd'
              && file[at + 6] == 'o';
      if (adobe) {
        return file[at + 15];
      }
      at += 2 + ((file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF));
    }
    return -1;
  }

  private static Raster samples(byte[] encoded) throws BadImageException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
      while (readers.hasNext()) {
        ImageReader reader = readers.next();
        if (reader.canReadRaster()) {
          reader.setInput(in, true, true);
          try {
            return reader.readRaster(0, null);
          } finally {
            reader.dispose();
          }
        }
      }
      throw new BadImageException("undecodable: no reader for JPEG files in four inks");
    } catch (IOException | RuntimeException e) {
      throw BadImageException.undecodable(e);
    }
  }
}
