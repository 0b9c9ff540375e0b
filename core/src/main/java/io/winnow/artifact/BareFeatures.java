package io.winnow.artifact;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.NpyRows;
import io.winnow.weights.Npz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Features that other tools saved as a matrix [N, d] and nothing else: an {@code .npy}, or an
 * {@code .npz} with {@code feats} (clean-fid) or {@code arr_0} ({@code numpy.savez}). Such a file
 * does not say which encoder made it, so its {@link EncoderIdentity} is not stated.
 */
public final class BareFeatures {
  private static final long BLOCK = 1024;

  private BareFeatures() {}

  /** Whether a file is of this kind, by its name and, in an archive, by its arrays. */
  public static boolean isIn(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    String name = file.toString();
    if (!name.endsWith(".npz")) {
      return name.endsWith(".npy");
    }
    try (Npz arrays = Npz.open(file)) {
      return !arrays.has("mu") && array(arrays).isPresent();
    }
  }

  /**
   * Opens a file; the caller closes the features. An {@code .npy} in C order stays on the disk and
   * is read in blocks, everything else is read as a whole.
   *
   * @throws IllegalArgumentException when it is no matrix of floats
   */
  public static Features read(Path file) {
    if (file.toString().endsWith(".npz")) {
      try (Npz arrays = Npz.open(file)) {
        return read(file, arrays, array(arrays).orElseThrow());
      }
    }
    if (Npy.isFortranOrder(file)) {
      try (Scope scope = Scope.open()) {
        return inMemory(file, Npy.read(file));
      }
    }
    NpyRows.Reader reader = NpyRows.open(file);
    try {
      requireRows(file, reader.rows(), reader.dimension());
      return Features.bare(new OnDisk(reader), reader.dimension());
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /** One array of an open archive. */
  static Features read(Path file, Npz arrays, String name) {
    try (Scope scope = Scope.open()) {
      return inMemory(file, arrays.tensor(name));
    }
  }

  /** The first matrix under a name that tools use for features. */
  static Optional<String> array(Npz arrays) {
    return Stream.of("feats", "arr_0")
        .filter(name -> arrays.has(name) && arrays.shape(name).length == 2)
        .findFirst();
  }

  private static Features inMemory(Path file, Tensor matrix) {
    if (matrix.dim() != 2 || !matrix.is_floating_point()) {
      throw new IllegalArgumentException(
          file
              + ": "
              + matrix.scalar_type().intern()
              + " "
              + Arrays.toString(matrix.shape())
              + "; expected features, floats [N, d]. Save them with numpy.save.");
    }
    requireRows(file, matrix.size(0), matrix.size(1));
    int dimension = Math.toIntExact(matrix.size(1));
    List<float[]> rows = new ArrayList<>();
    for (long first = 0; first < matrix.size(0); first += BLOCK) {
      try (Scope scope = Scope.open()) {
        long count = Math.min(BLOCK, matrix.size(0) - first);
        float[] flat = Tensors.floats(matrix.narrow(0, first, count));
        for (int i = 0; i < count; i++) {
          rows.add(Arrays.copyOfRange(flat, i * dimension, (i + 1) * dimension));
        }
      }
    }
    return Features.bare(new FeatureRows.InMemory(rows, dimension), dimension);
  }

  private static void requireRows(Path file, long rows, long dimension) {
    if (rows == 0 || dimension == 0) {
      throw new IllegalArgumentException(
          file + ": " + rows + " rows of " + dimension + " values; expected features, [N, d].");
    }
  }

  /** Rows of one file, read where they lie. */
  private record OnDisk(NpyRows.Reader reader) implements FeatureRows {
    @Override
    public long rows() {
      return reader.rows();
    }

    @Override
    public Tensor block(long first, int count) {
      return reader.block(first, count);
    }

    @Override
    public Tensor gather(int[] positions) {
      return reader.gather(positions);
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
