package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * One feature vector per sample, with the identity of the encoder that made them.
 *
 * <p>On disk a folder: {@code features-*.npy} (rows x d, float32), {@code index.parquet} (id, row,
 * label) and {@code encoder.json}. Rows stay on disk and are read in blocks, so the memory in use
 * does not depend on N x d. Reading is not thread-safe.
 */
public final class Features implements AutoCloseable {
  static final String META = "encoder.json";
  static final String INDEX = "index.parquet";

  private final FeatureRows rows;
  private final Meta meta;
  private final List<String> ids;
  private final int[] labels;

  /**
   * {@code encoder.json}.
   *
   * @param images identifies the images by their contents; null where nobody said
   * @param rows written so far; all of them when {@code complete}
   * @param shardRows rows of every shard but the last
   */
  record Meta(
      EncoderIdentity encoder,
      String hash,
      List<String> classes,
      @OrNull String images,
      long rows,
      int shardRows,
      boolean complete) {}

  private Features(FeatureRows rows, Meta meta, List<String> ids, int[] labels) {
    this.rows = rows;
    this.meta = meta;
    this.ids = List.copyOf(ids);
    this.labels = labels.clone();
  }

  /**
   * Opens a finished folder.
   *
   * @throws IllegalArgumentException when the folder is unfinished, incomplete or damaged
   */
  public static Features read(Path folder) {
    Meta meta = meta(folder);
    if (!meta.complete()) {
      throw new IllegalArgumentException(
          folder
              + ": only "
              + meta.rows()
              + " rows were encoded before an interruption; expected finished features. Run the"
              + " same encode command again, it goes on from there.");
    }
    List<String> ids = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    DuckDb.read(
        folder.resolve(INDEX),
        "id, label",
        "row",
        row -> {
          ids.add(row.getString(1));
          labels.add(row.getInt(2));
        });
    if (ids.size() != meta.rows()) {
      throw new IllegalArgumentException(
          folder.resolve(INDEX)
              + ": "
              + ids.size()
              + " rows; expected "
              + meta.rows()
              + ". Delete the folder and encode again.");
    }
    FeatureRows rows =
        FeatureRows.Sharded.open(folder, meta.rows(), meta.shardRows(), meta.encoder().dimension());
    return new Features(rows, meta, ids, labels.stream().mapToInt(Integer::intValue).toArray());
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
    Meta meta =
        new Meta(
            encoder,
            encoder.hash(),
            List.copyOf(classes),
            null,
            rows.length,
            Math.max(1, rows.length),
            true);
    return new Features(
        new FeatureRows.InMemory(List.of(rows), encoder.dimension()), meta, ids, labels);
  }

  /** Rows of which nothing but the numbers is known: no classes, and ids that count. */
  static Features bare(FeatureRows rows, int dimension) {
    int count = Math.toIntExact(rows.rows());
    EncoderIdentity encoder = EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, dimension);
    int[] labels = new int[count];
    Arrays.fill(labels, -1);
    return new Features(
        rows,
        new Meta(encoder, encoder.hash(), List.of(), null, count, Math.max(1, count), true),
        IntStream.range(0, count).mapToObj("%06d"::formatted).toList(),
        labels);
  }

  /** The same rows as those of an encoder that the file itself does not name. */
  public Features takenFor(EncoderIdentity encoder) {
    Meta named =
        new Meta(
            encoder,
            encoder.hash(),
            meta.classes(),
            meta.images(),
            meta.rows(),
            meta.shardRows(),
            meta.complete());
    return new Features(rows, named, ids, labels);
  }

  /**
   * Whether a folder holds features of just these images, finished or not. Names alone do not tell:
   * an image may have been replaced under its name.
   *
   * @param images identifies them by their contents and order
   */
  public static boolean areOf(Path folder, String images) {
    return Files.isRegularFile(folder.resolve(META)) && images.equals(meta(folder).images());
  }

  /** Whether a folder holds finished features. */
  public static boolean isFinished(Path folder) {
    return Files.isRegularFile(folder.resolve(META)) && meta(folder).complete();
  }

  static Meta meta(Path folder) {
    Path file = folder.resolve(META);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + ": no " + META + "; expected a folder of features. Run encode first.");
    }
    return Json.read(file, Meta.class);
  }

  /** N, the number of samples. */
  public long rows() {
    return rows.rows();
  }

  /** d, the width of a feature. */
  public int dimension() {
    return meta.encoder().dimension();
  }

  public EncoderIdentity encoder() {
    return meta.encoder();
  }

  /** Class names in label order. */
  public List<String> classes() {
    return meta.classes();
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
    if (!encoder().hash().equals(expected.hash())) {
      throw new IllegalArgumentException(
          where
              + ": features of "
              + encoder().describe()
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

  /**
   * Starts a folder of features afresh; what an earlier extraction left there is overwritten.
   *
   * @param images identifies the images by their contents and order
   */
  public static Writer create(
      Path folder, EncoderIdentity encoder, List<String> classes, String images) {
    return Writer.start(folder, encoder, classes, images);
  }

  /**
   * Goes on with an interrupted extraction at its last whole shard, or starts one; a finished one
   * is started again, so ask {@link #isFinished} first. Rows of other images are not gone on with.
   *
   * @param images identifies the images by their contents and order
   * @throws IllegalArgumentException when the folder holds features of another encoder or of other
   *     classes
   */
  public static Writer resume(
      Path folder, EncoderIdentity encoder, List<String> classes, String images) {
    return Writer.resume(folder, encoder, classes, images);
  }

  /** Writes features in shards; a shard stands on the disk as soon as it is full. */
  public static final class Writer {
    /** Rows of a shard: 32 MiB at d = 2048, seconds to minutes of encoding. */
    static final int SHARD_ROWS = 4096;

    private final Path folder;
    private final EncoderIdentity encoder;
    private final List<String> classes;
    private final String images;
    private final float[] buffer;
    private final List<String> ids = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private int shards;

    private Writer(
        Path folder, EncoderIdentity encoder, List<String> classes, String images, int shards) {
      this.folder = folder;
      this.encoder = encoder;
      this.classes = List.copyOf(classes);
      this.images = images;
      this.buffer = new float[Math.multiplyExact(SHARD_ROWS, encoder.dimension())];
      this.shards = shards;
    }

    private static Writer start(
        Path folder, EncoderIdentity encoder, List<String> classes, String images) {
      FeatureFolder.clear(folder);
      Writer writer = new Writer(folder, encoder, classes, images, 0);
      writer.writeMeta(0, false);
      return writer;
    }

    private static Writer resume(
        Path folder, EncoderIdentity encoder, List<String> classes, String images) {
      if (!Files.isRegularFile(folder.resolve(META))) {
        return start(folder, encoder, classes, images);
      }
      Meta meta = meta(folder);
      if (!meta.encoder().hash().equals(encoder.hash()) || !meta.classes().equals(classes)) {
        throw new IllegalArgumentException(
            folder
                + ": features of "
                + meta.encoder().describe()
                + " over "
                + meta.classes().size()
                + " classes; expected "
                + encoder.describe()
                + " over "
                + classes.size()
                + ". Delete the folder to encode again, or choose another.");
      }
      return images.equals(meta.images())
          ? new Writer(folder, encoder, classes, images, FeatureFolder.wholeShards(folder))
          : start(folder, encoder, classes, images);
    }

    /** Rows that are safe on the disk or in the buffer: the next row to append. */
    public long rowsWritten() {
      return (long) shards * SHARD_ROWS + ids.size();
    }

    /**
     * Adds rows.
     *
     * @param rows [b, d], any float type and device
     */
    public void append(Tensor rows, List<String> rowIds, int[] rowLabels) {
      Shapes.require(rows, "features rows", rowIds.size(), encoder.dimension());
      float[] values = Tensors.floats(rows);
      for (int i = 0; i < rowLabels.length; i++) {
        int dimension = encoder.dimension();
        System.arraycopy(values, i * dimension, buffer, ids.size() * dimension, dimension);
        ids.add(rowIds.get(i));
        labels.add(rowLabels[i]);
        if (ids.size() == SHARD_ROWS) {
          flush();
        }
      }
    }

    /** Writes the last shard, the index and the mark that everything is there. */
    public void finish() {
      long rows = rowsWritten();
      if (!ids.isEmpty()) {
        flush();
      }
      FeatureFolder.mergeIndex(folder, shards);
      writeMeta(rows, true);
      FeatureFolder.deleteParts(folder);
    }

    private void flush() {
      FeatureFolder.writePart(folder, shards, (long) shards * SHARD_ROWS, ids, labels);
      FeatureFolder.writeShard(
          folder.resolve(FeatureRows.shardName(shards)), buffer, ids.size(), encoder.dimension());
      shards++;
      ids.clear();
      labels.clear();
    }

    private void writeMeta(long rows, boolean complete) {
      Json.write(
          folder.resolve(META),
          new Meta(encoder, encoder.hash(), classes, images, rows, SHARD_ROWS, complete));
    }
  }
}
