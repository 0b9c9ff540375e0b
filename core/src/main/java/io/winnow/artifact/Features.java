package io.winnow.artifact;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * One feature vector per sample, with the identity of the encoder that made them.
 *
 * <p>They lie in memory or stay in files ({@link FeatureRows}), are read in blocks, and the memory
 * in use does not depend on N x d. Reading is not thread-safe. {@code FeatureFolder} and {@code
 * BareFeatures} open files, {@code FeatureWriter} writes them.
 */
public final class Features implements AutoCloseable {
  private final FeatureRows rows;
  private final EncoderIdentity encoder;
  private final List<String> classes;
  private final List<String> ids;
  private final int[] labels;

  Features(
      FeatureRows rows,
      EncoderIdentity encoder,
      List<String> classes,
      List<String> ids,
      int[] labels) {
    this.rows = rows;
    this.encoder = encoder;
    this.classes = List.copyOf(classes);
    this.ids = List.copyOf(ids);
    this.labels = labels.clone();
  }

  /** Features in memory; the rows are not copied. */
  public static Features of(
      float[][] rows,
      List<String> ids,
      int[] labels,
      List<String> classes,
      EncoderIdentity encoder) {
    if (rows.length != ids.size() || rows.length != labels.length) {
      throw new IllegalArgumentException(
          "features: "
              + rows.length
              + " rows, "
              + ids.size()
              + " ids and "
              + labels.length
              + " labels; expected the same number of each");
    }
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != encoder.dimension()) {
        throw new IllegalArgumentException(
            "features row "
                + i
                + " ("
                + ids.get(i)
                + "): "
                + rows[i].length
                + " values; expected "
                + encoder.dimension());
      }
    }
    return new Features(
        new FeatureRows.InMemory(List.of(rows), encoder.dimension()),
        encoder,
        classes,
        ids,
        labels);
  }

  /** Rows of which nothing but the numbers is known: no classes, and ids that count. */
  static Features bare(FeatureRows rows, int dimension) {
    int count = Math.toIntExact(rows.rows());
    EncoderIdentity encoder = EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, dimension);
    int[] labels = new int[count];
    Arrays.fill(labels, -1);
    return new Features(
        rows,
        encoder,
        List.of(),
        IntStream.range(0, count).mapToObj("%06d"::formatted).toList(),
        labels);
  }

  /** The same rows as those of an encoder that the file itself does not name. */
  public Features takenFor(EncoderIdentity named) {
    return new Features(rows, named, classes, ids, labels);
  }

  /** The same rows under other names. */
  Features named(List<String> rowIds, int[] rowLabels, List<String> classNames) {
    return new Features(rows, encoder, classNames, rowIds, rowLabels);
  }

  /** N, the number of samples. */
  public long rows() {
    return rows.rows();
  }

  /** d, the width of a feature. */
  public int dimension() {
    return encoder.dimension();
  }

  public EncoderIdentity encoder() {
    return encoder;
  }

  /** Class names in label order. */
  public List<String> classes() {
    return classes;
  }

  /** Class index of every row, [N]. */
  public int[] labels() {
    return labels.clone();
  }

  /** Sample id of every row, N of them. */
  public List<String> ids() {
    return ids;
  }

  /**
   * Refuses features of another encoder.
   *
   * @param where names the folder or the argument in the message
   */
  public void requireEncoder(EncoderIdentity expected, String where) {
    if (!encoder.hash().equals(expected.hash())) {
      throw new IllegalArgumentException(
          where
              + ": features of "
              + encoder.describe()
              + "; expected "
              + expected.describe()
              + ". Encode again, or name the encoder that made them.");
    }
  }

  /**
   * Consecutive rows, [count, d], float32 on the CPU, in the caller's scope.
   *
   * @throws IllegalArgumentException when the block reaches over the end
   */
  public Tensor block(long firstRow, int count) {
    if (firstRow < 0 || count < 0 || firstRow + count > rows()) {
      throw new IllegalArgumentException(
          "features: rows "
              + firstRow
              + " to "
              + (firstRow + count)
              + " asked for; expected a block within "
              + rows());
    }
    return rows.block(firstRow, count);
  }

  /** Rows by position, [n, d], float32 on the CPU, in the caller's scope. */
  public Tensor gather(int[] positions) {
    for (int position : positions) {
      if (position < 0 || position >= rows()) {
        throw new IllegalArgumentException(
            "features: row " + position + " asked for; expected 0 to " + (rows() - 1));
      }
    }
    return rows.gather(positions);
  }

  @Override
  public void close() {
    rows.close();
  }
}
