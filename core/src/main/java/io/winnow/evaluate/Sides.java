package io.winnow.evaluate;

import io.winnow.artifact.BareFeatures;
import io.winnow.artifact.FeatureFolder;
import io.winnow.data.ImageDraw;
import io.winnow.evaluate.Side.FeatureSide;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.evaluate.Side.StatisticsSide;
import io.winnow.task.Progress;
import io.winnow.weights.Npz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens a side of whichever kind lies at a path. */
public final class Sides {
  private Sides() {}

  /**
   * Opens whatever there is at a path.
   *
   * @param draw part of the images; features and statistics are only taken whole
   * @param classes names for the labels of a sample batch; empty to name them by their numbers
   */
  public static Side open(Path path, ImageDraw draw, List<String> classes, Progress listener) {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path
              + ": does not exist; expected a folder, ZIP or TAR of images, an .npz sample batch,"
              + " features (a folder of winnow encode, .npy or .npz), or an .npz of statistics.");
    }
    if (isFeatures(path)) {
      requireWhole(path, draw, "a folder of features");
      return new FeatureSide(path, FeatureFolder.read(path));
    }
    if (BareFeatures.isIn(path)) {
      requireWhole(path, draw, "a file of features");
      return new FeatureSide(path, BareFeatures.read(path));
    }
    Optional<StatisticsFile> statistics = statistics(path);
    if (statistics.isPresent()) {
      requireWhole(path, draw, "a file of statistics");
      ImageSide beside = hasImages(path) ? images(path, draw, classes, listener) : null;
      return new StatisticsSide(path, statistics.get(), beside);
    }
    return images(path, draw, classes, listener);
  }

  private static ImageSide images(
      Path path, ImageDraw draw, List<String> classes, Progress listener) {
    return ImageSide.of(path, ImageSet.open(path, draw, classes, listener));
  }

  /** Whether there is no part of it to take: features and statistics. */
  public static boolean isWhole(Path path) {
    return isFeatures(path)
        || BareFeatures.isIn(path)
        || (Files.exists(path) && statistics(path).isPresent());
  }

  private static boolean isFeatures(Path path) {
    return Files.isRegularFile(path.resolve("encoder.json"));
  }

  private static Optional<StatisticsFile> statistics(Path path) {
    return path.toString().endsWith(".npz") ? StatisticsFile.in(path) : Optional.empty();
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
}
