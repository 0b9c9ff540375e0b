package io.winnow.artifact;

import io.winnow.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code features-*.npy}: rows x d, float32, little-endian, row-major. Rows are read where they
 * lie, so memory does not grow with the file.
 */
final class FeatureShard implements AutoCloseable {
  private static final int PREFIX = 10; // magic, version and header length of npy 1.0
  private static final Pattern SHAPE =
      Pattern.compile("'shape':\\s*\\((\\d+),\\s*(\\d+)\\s*,?\\s*\\)");

  private final Path file;
  private final FileChannel channel;
  private final long rows;
  private final int dimension;
  private final long dataStart;

  private FeatureShard(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
    fill(prefix, 0);
    if (prefix.get(0) != (byte) 0x93 || prefix.get(6) != 1) {
      throw wrong("is no npy file of version 1.0");
    }
    int length = Short.toUnsignedInt(prefix.getShort(8));
    ByteBuffer header = ByteBuffer.allocate(length);
    fill(header, PREFIX);
    String text = new String(header.array(), StandardCharsets.ISO_8859_1);
    Matcher shape = SHAPE.matcher(text);
    if (!text.contains("'<f4'") || text.contains("'fortran_order': True") || !shape.find()) {
      throw wrong("holds " + text.strip());
    }
    rows = Long.parseLong(shape.group(1));
    dimension = Integer.parseInt(shape.group(2));
    dataStart = (long) PREFIX + length;
    long expected = dataStart + rows * dimension * Float.BYTES;
    if (channel.size() != expected) {
      throw wrong("has " + channel.size() + " bytes, but its header promises " + expected);
    }
  }

  static FeatureShard open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      return new FeatureShard(file, channel);
    } catch (IOException | IllegalArgumentException e) {
      closeQuietly(channel);
      if (e instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      throw new UncheckedIOException(
          file + ": could not be read (" + reason(e) + ")", (IOException) e);
    }
  }

  /** Writes the first {@code rows} rows of a buffer as a shard, atomically. */
  static void write(Path file, float[] values, int rows, int dimension) {
    AtomicFile.write(
        file,
        out -> {
          out.write(NpyHeader.of("'<f4'", "(" + rows + ", " + dimension + ")"));
          ByteBuffer row =
              ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < rows; i++) {
            row.asFloatBuffer().put(values, i * dimension, dimension);
            out.write(row.array());
          }
        });
  }

  long rows() {
    return rows;
  }

  int dimension() {
    return dimension;
  }

  /** Fills a direct or heap buffer with the rows from {@code first} on. */
  void read(long first, ByteBuffer into) {
    try {
      fill(into, dataStart + first * dimension * Float.BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": could not be read (" + reason(e) + ")", e);
    }
  }

  private void fill(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int n = channel.read(into, at);
      if (n < 0) {
        throw wrong("ends after " + at + " bytes");
      }
      at += n;
    }
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(
        file
            + ": "
            + what
            + "; expected a complete float32 array of rows x d. Delete its folder and encode again.");
  }

  private static String reason(Exception e) {
    return e instanceof java.nio.file.NoSuchFileException ? "no such file" : e.getMessage();
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // The first failure is the one to report.
      return;
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}
