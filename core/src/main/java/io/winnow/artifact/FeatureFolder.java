package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Features} on disk, a folder: {@code features-*.npy} (rows x d, float32), {@code
 * index.parquet} (id, row, label) and {@code encoder.json}. Rows stay on disk and are read in
 * blocks. {@code FeatureWriter} makes such a folder.
 */
public final class FeatureFolder {
  private FeatureFolder() {}

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
        folder.resolve(FeatureShards.INDEX),
        "id, label",
        "row",
        row -> {
          ids.add(row.getString(1));
          labels.add(row.getInt(2));
        });
    if (ids.size() != meta.rows()) {
      throw new IllegalArgumentException(
          folder.resolve(FeatureShards.INDEX)
              + ": "
              + ids.size()
              + " rows; expected "
              + meta.rows()
              + ". Delete the folder and encode again.");
    }
    EncoderIdentity encoder = meta.encoder();
    return new Features(
        ShardedRows.open(folder, meta.rows(), meta.shardRows(), encoder.dimension()),
        encoder,
        meta.classes(),
        ids,
        labels.stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * Whether a folder holds features of just these images, finished or not. Names alone do not tell:
   * an image may have been replaced under its name.
   *
   * @param images identifies them by their contents and order
   */
  public static boolean areOf(Path folder, String images) {
    return Files.isRegularFile(folder.resolve(FeatureShards.META))
        && images.equals(meta(folder).images());
  }

  /** Whether a folder holds finished features. */
  public static boolean isFinished(Path folder) {
    return Files.isRegularFile(folder.resolve(FeatureShards.META)) && meta(folder).complete();
  }

  static Meta meta(Path folder) {
    Path file = folder.resolve(FeatureShards.META);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder
              + ": no "
              + FeatureShards.META
              + "; expected a folder of features. Run encode first.");
    }
    return Json.read(file, Meta.class);
  }
}
