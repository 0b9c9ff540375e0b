package io.winnow.data;

import io.winnow.files.AtomicFile;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Workers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Data sets as a ZIP of PNG files, which an image-folder data set is read from. */
public final class ImageArchive {
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);
  private static final int AT_ONCE = 256; // images that are read and compressed before writing

  private ImageArchive() {}

  /**
   * Writes a file atomically. The same data sets give the same bytes.
   *
   * @param parts one after the other; their ids are the paths, and end in {@code .png}
   * @param note content of {@code README.txt} in the archive
   * @throws Interrupted when asked to stop; nothing is written then
   * @throws IllegalArgumentException naming an image that cannot be read
   */
  public static void write(
      Path target,
      List<? extends Dataset> parts,
      String note,
      Progress progress,
      BooleanSupplier stop) {
    long all = parts.stream().mapToLong(Dataset::size).sum();
    progress.begin("archive", "images", all, 0);
    try {
      AtomicFile.write(target, out -> write(out, parts, note, progress, stop));
    } finally {
      progress.end();
    }
  }

  private static void write(
      OutputStream out,
      List<? extends Dataset> parts,
      String note,
      Progress progress,
      BooleanSupplier stop)
      throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    put(zip, "README.txt", note.getBytes(StandardCharsets.UTF_8));
    long done = 0;
    for (Dataset part : parts) {
      for (int first = 0; first < part.size(); first += AT_ONCE) {
        int i = first;
        for (byte[] png : pngs(part, first, Math.min(AT_ONCE, part.size() - first))) {
          if (stop.getAsBoolean()) {
            throw Interrupted.leavingNothing("archive");
          }
          put(zip, part.id(i++), png);
          progress.step(++done, "");
        }
      }
    }
    zip.finish();
  }

  private static byte[][] pngs(Dataset part, int first, int count) {
    byte[][] pngs = new byte[count][];
    Workers.forEach(count, Workers.readers(), i -> pngs[i] = png(part, first + i));
    return pngs;
  }

  private static byte[] png(Dataset part, int i) {
    try {
      return Png.encode(part.image(i));
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          part.name() + " " + part.id(i) + ": " + e.getMessage() + "; expected a usable image.", e);
    }
  }

  /** Stored, as PNG is compressed already. */
  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
