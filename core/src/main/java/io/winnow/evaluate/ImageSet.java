package io.winnow.evaluate;

import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.data.ImageDraw;
import io.winnow.data.Inventory;
import io.winnow.data.NpzPictures;
import io.winnow.data.StoredForms;
import io.winnow.encode.Encoder;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Images that a command measures or encodes on their own, without a run: a folder, an archive or a
 * sample batch, of which a part is taken. Every image is read once; those that cannot be decoded
 * are left out and counted.
 */
public final class ImageSet implements AutoCloseable {
  private static final long MAX_PIXELS = 1L << 26;
  private static final int NAMED = 3;
  private static final Set<String> SPLITS =
      Set.of("train", "training", "test", "testing", "val", "valid", "validation");

  private final Dataset dataset;
  private final Inventory inventory;
  private final String name;
  private final Map<String, Integer> forms;

  private ImageSet(Dataset dataset, Inventory inventory, String name, boolean files) {
    this.dataset = Datasets.without(dataset, inventory.badIndices());
    this.inventory = inventory;
    this.name = name;
    this.forms = files ? StoredForms.count(this.dataset, Workers.readers()) : Map.of();
  }

  /**
   * Opens a set.
   *
   * @param path folder, ZIP, TAR, CIFAR-10's own archives, or an {@code .npz} sample batch
   * @param classes names for the labels of an {@code .npz}; empty to name them by their numbers
   * @throws IllegalArgumentException when no image can be used
   */
  public static ImageSet open(Path path, ImageDraw draw, List<String> classes, Progress listener) {
    Dataset whole =
        path.toString().endsWith(".npz")
            ? NpzPictures.open(path, classes.isEmpty() ? NpzPictures.labelNames(path) : classes)
            : Datasets.pictures(path, draw.split(), MAX_PIXELS);
    try {
      requireSplitChosen(path, whole.classes());
      int[] taken = draw.of(whole);
      Dataset part = Datasets.subset(whole, taken);
      Inventory inventory = Inventory.of(part, Workers.readers(), listener);
      if (inventory.items().isEmpty()) {
        throw new IllegalArgumentException(path + ": " + nothing(inventory));
      }
      String which = draw.describe(taken.length, whole.size());
      return new ImageSet(
          part,
          inventory,
          path + (which.isEmpty() ? "" : " (" + which + ")"),
          !(whole instanceof NpzPictures));
    } catch (RuntimeException e) {
      whole.close();
      throw e;
    }
  }

  private static void requireSplitChosen(Path path, List<String> classes) {
    if (classes.size() > 1 && SPLITS.containsAll(classes)) {
      throw new IllegalArgumentException(
          path
              + ": the folders "
              + String.join(", ", classes)
              + " are splits and no classes; expected one split. Choose it with --split or"
              + " --reference-split.");
    }
  }

  private static String nothing(Inventory inventory) {
    return inventory.bad().isEmpty()
        ? "no image; expected files named .jpg, .png, .gif, .bmp, .webp or .tif. Is the path right,"
            + " or the split?"
        : "none of " + inventory.bad().size() + " images can be decoded. " + first(inventory);
  }

  /** The images that can be used. */
  public Dataset images() {
    return dataset;
  }

  /** How many can be used. */
  public int size() {
    return dataset.size();
  }

  /** Identifies the images that can be used: SHA-256 over names, labels and contents. */
  public String hash() {
    return inventory.hash();
  }

  /** Path and part. */
  public String name() {
    return name;
  }

  /** How many cannot be used. */
  public int bad() {
    return inventory.bad().size();
  }

  /** Sizes of the images in words: {@code "32 x 32"}. */
  String pixels() {
    IntSummaryStatistics widths = sides(Inventory.Item::width);
    IntSummaryStatistics heights = sides(Inventory.Item::height);
    String smallest = widths.getMin() + " x " + heights.getMin();
    String largest = widths.getMax() + " x " + heights.getMax();
    return smallest.equals(largest) ? smallest : smallest + " to " + largest;
  }

  private IntSummaryStatistics sides(ToIntFunction<Inventory.Item> side) {
    return inventory.items().stream().mapToInt(side).summaryStatistics();
  }

  /**
   * What to say of images that an encoder gets larger than they are; empty where there are none.
   */
  public Optional<String> enlargedBy(Encoder encoder) {
    try (Scope scope = Scope.open()) {
      long side = encoder.prepare(images().image(0)).size(1);
      long small =
          inventory.items().stream()
              .filter(item -> Math.min(item.width(), item.height()) < side)
              .count();
      return small == 0
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "%,d of %,d images are smaller than the %d x %d pixels that %s looks at, and are"
                      + " enlarged.",
                  small,
                  size(),
                  side,
                  side,
                  encoder.identity().name()));
    } catch (BadImageException e) {
      throw new IllegalStateException("an image that was decoded before: " + e.getMessage(), e);
    }
  }

  /** How many images another set has too, byte by byte. */
  int copiesIn(ImageSet other) {
    Set<String> theirs =
        other.inventory.items().stream().map(Inventory.Item::sha256).collect(Collectors.toSet());
    return (int) inventory.items().stream().filter(item -> theirs.contains(item.sha256())).count();
  }

  /** What was done to the images that the caller should know, each with its count. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (bad() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d images cannot be decoded and are left out. %s",
              bad(),
              bad() + size(),
              first(inventory)));
    }
    forms.forEach(
        (form, count) ->
            notes.add(String.format(Locale.ROOT, "%,d of %,d files are %s", count, size(), form)));
    return notes;
  }

  private static String first(Inventory inventory) {
    StringBuilder words = new StringBuilder();
    inventory.bad().stream()
        .limit(NAMED)
        .forEach(
            bad ->
                words
                    .append(words.length() == 0 ? "" : "; ")
                    .append(bad.id())
                    .append(": ")
                    .append(bad.reason()));
    return words + (inventory.bad().size() > NAMED ? "; ..." : "");
  }

  @Override
  public void close() {
    dataset.close();
  }
}
