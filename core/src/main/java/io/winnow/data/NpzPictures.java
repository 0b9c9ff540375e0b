package io.winnow.data;

import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.ArrayRows;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A sample batch of the ADM evaluator as a data set: {@code arr_0} uint8 [N, H, W, 3] and, where
 * there are classes, {@code arr_1} labels [N]. Rows are streamed in blocks; reading in order is
 * fast.
 */
public final class NpzPictures implements Dataset {
  private static final int BLOCK = 256;
  private static final int BLOCKS_KEPT = 4;
  private static final int LARGEST_LABEL = 100_000;
  private static final int NAMED = 10;

  private final Path file;
  private final Npz archive;
  private final List<String> classes;
  private final long[] labels;
  private final int size;
  private final int height;
  private final int width;
  private ArrayRows rows;
  private long next;

  /** The last blocks: several threads ask for neighbouring images, not quite in order. */
  private final Map<Long, byte[]> blocks =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
          return size() > BLOCKS_KEPT;
        }
      };

  private NpzPictures(Path file, Npz archive, long[] shape, long[] labels, List<String> classes) {
    this.file = file;
    this.archive = archive;
    this.classes = List.copyOf(classes);
    this.labels = labels;
    this.size = Math.toIntExact(shape[0]);
    this.height = Math.toIntExact(shape[1]);
    this.width = Math.toIntExact(shape[2]);
  }

  /**
   * Opens a file.
   *
   * @param classes names in the order of the labels; without them labels are not used
   * @throws IllegalArgumentException when the arrays have another type or shape
   */
  public static NpzPictures open(Path file, List<String> classes) {
    Npz archive = Npz.open(file);
    try {
      if (!archive.has("arr_0")) {
        throw new IllegalArgumentException(
            file
                + ": arrays "
                + archive.names()
                + ", expected arr_0, the samples as uint8 [N, H, W, 3].");
      }
      long[] shape;
      try (ArrayRows rows = archive.rows("arr_0")) {
        shape = rows.shape();
        if (shape.length != 4 || shape[3] != 3 || rows.dtype() != ScalarType.Byte) {
          throw new IllegalArgumentException(
              file
                  + " arr_0: "
                  + rows.dtype().intern()
                  + " "
                  + Arrays.toString(shape)
                  + ", expected uint8 [N, H, W, 3]. Save pixels 0 to 255, channels last.");
        }
        if (LongStream.of(shape).anyMatch(size -> size == 0)) {
          throw new IllegalArgumentException(
              file
                  + " arr_0: "
                  + Arrays.toString(shape)
                  + " has no pixel, expected at least one sample. Was the batch saved unfilled?");
        }
      }
      return new NpzPictures(
          file, archive, shape, labels(file, archive, shape[0], classes), classes);
    } catch (RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  /** Names for the labels of a file that has no others: their numbers; none without labels. */
  public static List<String> labelNames(Path file) {
    try (Npz archive = Npz.open(file);
        Scope scope = Scope.open()) {
      if (!archive.has("arr_1")) {
        return List.of();
      }
      long[] labels = Tensors.longs(archive.tensor("arr_1"));
      long most = LongStream.of(labels).max().orElse(-1);
      long least = LongStream.of(labels).min().orElse(0);
      if (most > LARGEST_LABEL || least < 0) {
        throw new IllegalArgumentException(
            file
                + " arr_1: label "
                + (least < 0 ? least : most)
                + "; expected class numbers from 0 on. Leave arr_1 out where there are no classes.");
      }
      return LongStream.rangeClosed(0, most).mapToObj(Long::toString).toList();
    }
  }

  private static long[] labels(Path file, Npz archive, long count, List<String> classes) {
    if (classes.isEmpty() || !archive.has("arr_1")) {
      return new long[0];
    }
    try (Scope scope = Scope.open()) {
      long[] labels = Tensors.longs(archive.tensor("arr_1"));
      if (labels.length != count) {
        throw new IllegalArgumentException(
            file + " arr_1: " + labels.length + " labels, expected " + count + ", one per sample.");
      }
      for (long label : labels) {
        if (label < 0 || label >= classes.size()) {
          throw new IllegalArgumentException(
              file
                  + " arr_1: label "
                  + label
                  + ", expected 0 to "
                  + (classes.size() - 1)
                  + ", the numbers of "
                  + (classes.size() > NAMED
                      ? classes.size() + " classes."
                      : "the classes " + classes + "."));
        }
      }
      return labels;
    }
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public List<String> classes() {
    return labels.length == 0 ? List.of() : classes;
  }

  @Override
  public String id(int i) {
    return "%06d".formatted(i);
  }

  @Override
  public int label(int i) {
    return labels.length == 0 ? -1 : (int) labels[i];
  }

  @Override
  public byte[] encoded(int i) {
    return image(i).rgb();
  }

  @Override
  public synchronized Image image(int i) {
    long first = (long) i - i % BLOCK;
    byte[] block = blocks.get(first);
    if (block == null) {
      block = load(first);
      blocks.put(first, block);
    }
    int bytes = 3 * height * width;
    int from = i % BLOCK * bytes;
    return new Image(width, height, Arrays.copyOfRange(block, from, from + bytes));
  }

  /** Reads a block; going back behind the last one means beginning again. */
  private byte[] load(long first) {
    if (rows == null || first < next) {
      if (rows != null) {
        rows.close();
      }
      rows = archive.rows("arr_0");
    }
    int count = (int) Math.min(BLOCK, size - first);
    next = first + count;
    try (Scope scope = Scope.open()) {
      return Tensors.bytes(rows.read(first, count));
    }
  }

  /** Hash of what identifies the samples. */
  String hash() {
    return Sha256.of(file);
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
    }
    archive.close();
  }
}
