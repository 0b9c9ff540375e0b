package io.winnow.evaluate;

import io.winnow.artifact.BareFeatures;
import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.data.ImageDraw;
import io.winnow.files.ContentHash;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One side of a comparison without a run: images, features that were encoded before, statistics, or
 * statistics beside images as in an ADM reference batch.
 */
public final class Material implements AutoCloseable {
  private final Path path;
  private final @OrNull ImageSet images;
  private final @OrNull Features features;
  private final @OrNull StatisticsFile statistics;
  private @OrNull String hash;

  private Material(
      Path path,
      @OrNull ImageSet images,
      @OrNull Features features,
      @OrNull StatisticsFile statistics) {
    this.path = path;
    this.images = images;
    this.features = features;
    this.statistics = statistics;
  }

  /**
   * What is known of a side.
   *
   * @param source path and the part taken
   * @param kind what it is, in a word or two
   * @param n images; 0 where a statistics file does not say
   * @param pixels sizes of the images; null for features and statistics
   * @param sha256 identifies the content
   * @param notes what was done to the images
   */
  public record Facts(
      String source,
      String kind,
      long n,
      @OrNull String pixels,
      List<String> classes,
      String sha256,
      List<String> notes) {
    public Facts {
      classes = List.copyOf(classes);
      notes = List.copyOf(notes);
    }
  }

  /**
   * Opens whatever there is at a path.
   *
   * @param draw part of the images; features and statistics are only taken whole
   * @param classes names for the labels of a sample batch; empty to name them by their numbers
   */
  public static Material open(Path path, ImageDraw draw, List<String> classes, Progress listener) {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path
              + ": does not exist; expected a folder, ZIP or TAR of images, an .npz sample batch,"
              + " features (a folder of winnow encode, .npy or .npz), or an .npz of statistics.");
    }
    if (isFeatures(path)) {
      requireWhole(path, draw, "a folder of features");
      return new Material(path, null, Features.read(path), null);
    }
    if (BareFeatures.isIn(path)) {
      requireWhole(path, draw, "a file of features");
      return new Material(path, null, BareFeatures.read(path), null);
    }
    if (!path.toString().endsWith(".npz")) {
      return new Material(path, ImageSet.open(path, draw, classes, listener), null, null);
    }
    Optional<StatisticsFile> statistics = StatisticsFile.in(path);
    if (statistics.isPresent()) {
      requireWhole(path, draw, "a file of statistics");
      ImageSet beside = hasImages(path) ? ImageSet.open(path, draw, classes, listener) : null;
      return new Material(path, beside, null, statistics.get());
    }
    return new Material(path, ImageSet.open(path, draw, classes, listener), null, null);
  }

  private static boolean isFeatures(Path path) {
    return Files.isRegularFile(path.resolve("encoder.json"));
  }

  /** Whether there is no part of it to take: features and statistics. */
  public static boolean isWhole(Path path) {
    return isFeatures(path)
        || BareFeatures.isIn(path)
        || (path.toString().endsWith(".npz")
            && Files.exists(path)
            && StatisticsFile.in(path).isPresent());
  }

  private static boolean hasImages(Path npz) {
    try (Npz arrays = Npz.open(npz)) {
      return arrays.has("arr_0");
    }
  }

  private static void requireWhole(Path path, ImageDraw draw, String what) {
    if (!draw.split().isEmpty() || draw.half() > 0 || draw.limit() > 0) {
      throw new IllegalArgumentException(
          path
              + ": is "
              + what
              + ", which is only taken whole; a split or a half can be taken of images alone."
              + " Encode the part that you want.");
    }
  }

  /** Class names; empty where there are none or where they are not known. */
  public List<String> classes() {
    if (features != null) {
      return features.classes();
    }
    return images == null ? List.of() : images.images().classes();
  }

  /** Everything that is known, for the circumstances. */
  public Facts facts() {
    return new Facts(
        images == null ? path.toString() : images.name(),
        kind(),
        count(),
        images == null ? null : images.pixels(),
        classes(),
        hash(),
        images == null ? List.of() : images.notes());
  }

  private String kind() {
    if (statistics != null) {
      return images == null ? "statistics" : "statistics and images";
    }
    return features != null ? "features" : "images";
  }

  private long count() {
    if (statistics != null) {
      try (Scope scope = Scope.open()) {
        return statistics.read("").count();
      }
    }
    return features != null ? features.rows() : images.size();
  }

  /** Identifies the content: the images', the features' files', or the statistics file's. */
  public String hash() {
    if (hash == null) {
      if (statistics != null) {
        hash = statistics.sha256();
      } else if (features != null) {
        hash = ContentHash.of(path);
      } else {
        hash = images.hash();
      }
    }
    return hash;
  }

  /** What made the features or the statistics; empty where there are none or they do not say. */
  Optional<EncoderIdentity> encoder() {
    return features != null
        ? Optional.of(features.encoder()).filter(EncoderIdentity::stated)
        : statistics == null ? Optional.empty() : statistics.encoder();
  }

  /** The same of what a comparison through an encoder looks at: sFID has statistics of its own. */
  Optional<EncoderIdentity> encoder(String lens) {
    return statistics == null ? encoder() : statistics.encoder(lens);
  }

  /** Whether there are features, but of which encoder is not known. */
  boolean bare() {
    return features != null && !features.encoder().stated();
  }

  Path path() {
    return path;
  }

  Optional<ImageSet> images() {
    return Optional.ofNullable(images);
  }

  Optional<Features> features() {
    return Optional.ofNullable(features);
  }

  Optional<StatisticsFile> statistics() {
    return Optional.ofNullable(statistics);
  }

  @Override
  public void close() {
    if (images != null) {
      images.close();
    }
    if (features != null) {
      features.close();
    }
  }
}
