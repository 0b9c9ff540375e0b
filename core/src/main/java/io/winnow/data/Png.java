package io.winnow.data;

import io.winnow.files.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Pictures as PNG files: lossless, which samples must be before they are measured (compression
 * alone moves the FID by several points). The same pixels give the same bytes.
 */
public final class Png {
  private Png() {}

  /** A PNG file's content: 8 bits, RGB. */
  public static byte[] encode(Image image) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(content)) {
      writer.setOutput(out);
      writer.write(BufferedImages.of(image));
    } catch (IOException e) {
      throw new UncheckedIOException("a picture could not be encoded as PNG", e);
    } finally {
      writer.dispose();
    }
    return content.toByteArray();
  }

  /** Writes a file atomically; parent folders are created. */
  public static void write(Image image, Path file) {
    byte[] content = encode(image);
    AtomicFile.write(file, out -> out.write(content));
  }
}
