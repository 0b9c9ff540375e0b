package io.winnow.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Pictures as data URIs, so that the page needs no other file. */
final class PictureBytes {
  /** Longer sides are shrunk to this: a thumbnail, not an archive. */
  private static final int LARGEST_SIDE = 128;

  private PictureBytes() {}

  /** A PNG file's picture; empty when the file is not there or is no image. */
  static Optional<String> dataUri(Path png) {
    if (!Files.isRegularFile(png)) {
      return Optional.empty();
    }
    try {
      BufferedImage image = ImageIO.read(png.toFile());
      return image == null ? Optional.empty() : Optional.of(dataUri(image));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static String dataUri(BufferedImage image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(small(image), "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException("a picture of the report could not be encoded", e);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
  }

  private static BufferedImage small(BufferedImage image) {
    double scale = (double) LARGEST_SIDE / Math.max(image.getWidth(), image.getHeight());
    if (scale >= 1) {
      return image;
    }
    int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
    int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return small;
  }
}
