package io.winnow.artifact;

import io.winnow.files.Json;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Writes features in shards; a shard stands on the disk as soon as it is full. */
public final class FeatureWriter {
  private final Path folder;
  private final EncoderIdentity encoder;
  private final List<String> classes;
  private final String images;
  private final float[] buffer;
  private final List<String> ids = new ArrayList<>();
  private final List<Integer> labels = new ArrayList<>();
  private int shards;

  private FeatureWriter(
      Path folder, EncoderIdentity encoder, List<String> classes, String images, int shards) {
    this.folder = folder;
    this.encoder = encoder;
    this.classes = List.copyOf(classes);
    this.images = images;
    this.buffer = new float[Math.multiplyExact(FeatureShards.SHARD_ROWS, encoder.dimension())];
    this.shards = shards;
  }

  /**
   * Starts a folder of features afresh; what an earlier extraction left there is overwritten.
   *
   * @param images identifies the images by their contents and order
   */
  public static FeatureWriter create(
      Path folder, EncoderIdentity encoder, List<String> classes, String images) {
    FeatureShards.clear(folder);
    FeatureWriter writer = new FeatureWriter(folder, encoder, classes, images, 0);
    writer.writeMeta(0, false);
    return writer;
  }

  /**
   * Goes on with an interrupted extraction at its last whole shard, or starts one; a finished one
   * is started again, so ask {@link FeatureFolder#isFinished} first. Rows of other images are not
   * gone on with.
   *
   * @param images identifies the images by their contents and order
   * @throws IllegalArgumentException when the folder holds features of another encoder or of other
   *     classes
   */
  public static FeatureWriter resume(
      Path folder, EncoderIdentity encoder, List<String> classes, String images) {
    if (!Files.isRegularFile(folder.resolve(FeatureShards.META))) {
      return create(folder, encoder, classes, images);
    }
    FeatureFolder.Meta meta = FeatureFolder.meta(folder);
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
        ? new FeatureWriter(folder, encoder, classes, images, FeatureShards.wholeShards(folder))
        : create(folder, encoder, classes, images);
  }

  /** Rows that are safe on the disk or in the buffer: the next row to append. */
  public long rowsWritten() {
    return (long) shards * FeatureShards.SHARD_ROWS + ids.size();
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
      if (ids.size() == FeatureShards.SHARD_ROWS) {
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
    FeatureShards.mergeIndex(folder, shards);
    writeMeta(rows, true);
    FeatureShards.deleteParts(folder);
  }

  private void flush() {
    FeatureShards.writePart(folder, shards, (long) shards * FeatureShards.SHARD_ROWS, ids, labels);
    FeatureShards.writeShard(
        folder.resolve(FeatureShards.shardName(shards)), buffer, ids.size(), encoder.dimension());
    shards++;
    ids.clear();
    labels.clear();
  }

  private void writeMeta(long rows, boolean complete) {
    Json.write(
        folder.resolve(FeatureShards.META),
        new FeatureFolder.Meta(
            encoder, encoder.hash(), classes, images, rows, FeatureShards.SHARD_ROWS, complete));
  }
}
