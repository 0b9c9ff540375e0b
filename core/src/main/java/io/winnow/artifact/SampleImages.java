package io.winnow.artifact;

import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.ArrayRows;
import io.winnow.weights.Npz;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * The first samples of every class out of {@code samples}: PNG files in a folder per class, or one
 * {@code .npz} with {@code arr_0} (uint8, [N, H, W, 3]) and {@code arr_1} (labels, [N]).
 */
public record SampleImages(List<Group> groups) {
  private static final long LABELS_SEARCHED = 20_000;

  private static final String WITHOUT_CLASSES = "all";

  public SampleImages {
    groups = List.copyOf(groups);
  }

  /**
   * Samples of one class; the name of a label of an {@code .npz} is its number, and samples without
   * classes are all of one.
   */
  public record Group(String className, List<BufferedImage> images) {
    public Group {
      images = List.copyOf(images);
    }
  }

  /** A class name as the name of its folder: what file systems and URLs refuse is an underscore. */
  public static String folderName(String className) {
    String name = className.replaceAll("[^\\p{L}\\p{N}._-]", "_");
    return name.isEmpty() || name.startsWith(".") ? "_" + name.toLowerCase(Locale.ROOT) : name;
  }

  /** Up to {@code perClass} samples of every class; empty when there is nothing to show. */
  public static Optional<SampleImages> read(Path folder, int perClass) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    List<Path> entries = list(folder);
    List<Group> groups = new ArrayList<>();
    for (Path entry : entries) {
      if (Files.isDirectory(entry)) {
        pngs(list(entry), entry.getFileName().toString(), perClass).ifPresent(groups::add);
      }
    }
    if (groups.isEmpty()) {
      pngs(entries, WITHOUT_CLASSES, perClass).ifPresent(groups::add);
    }
    if (groups.isEmpty()) {
      entries.stream()
          .filter(entry -> entry.toString().endsWith(".npz"))
          .findFirst()
          .ifPresent(npz -> groups.addAll(npz(npz, perClass)));
    }
    return groups.isEmpty() ? Optional.empty() : Optional.of(new SampleImages(groups));
  }

  private static Optional<Group> pngs(List<Path> files, String className, int perClass) {
    List<BufferedImage> images =
        files.stream()
            .filter(file -> file.toString().endsWith(".png"))
            .limit(perClass)
            .map(SampleImages::png)
            .toList();
    return images.isEmpty() ? Optional.empty() : Optional.of(new Group(className, images));
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted(Comparator.comparing(Path::getFileName)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": could not be listed (" + e.getMessage() + ")", e);
    }
  }

  private static BufferedImage png(Path file) {
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image == null) {
        throw new IllegalArgumentException(file + ": no image; expected a PNG file");
      }
      return image;
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private static List<Group> npz(Path file, int perClass) {
    Map<Long, List<BufferedImage>> byLabel = new TreeMap<>();
    try (Npz npz = Npz.open(file);
        ArrayRows images = npz.rows("arr_0")) {
      long[] labels;
      try (Scope scope = Scope.open()) {
        labels =
            npz.has("arr_1")
                ? Tensors.longs(npz.tensor("arr_1"))
                : new long[Math.toIntExact(images.count())];
      }
      long searched = Math.min(Math.min(images.count(), labels.length), LABELS_SEARCHED);
      for (int i = 0; i < searched; i++) {
        List<BufferedImage> group = byLabel.computeIfAbsent(labels[i], label -> new ArrayList<>());
        if (group.size() < perClass) {
          group.add(image(images, i));
        }
      }
    }
    return byLabel.entrySet().stream()
        .map(e -> new Group(Long.toString(e.getKey()), e.getValue()))
        .toList();
  }

  private static BufferedImage image(ArrayRows rows, long index) {
    int height = Math.toIntExact(rows.shape()[1]);
    int width = Math.toIntExact(rows.shape()[2]);
    byte[] rgb;
    try (Scope scope = Scope.open()) {
      rgb = Tensors.bytes(rows.read(index, 1));
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < width * height; p++) {
      int pixel = (rgb[3 * p] & 255) << 16 | (rgb[3 * p + 1] & 255) << 8 | (rgb[3 * p + 2] & 255);
      image.setRGB(p % width, p / width, pixel);
    }
    return image;
  }
}
