package io.winnow.data;

import io.winnow.files.Sha256;
import io.winnow.task.Count;
import io.winnow.task.Progress;
import io.winnow.tensor.Workers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What a data set holds, sample by sample, and which samples cannot be used. Made by reading and
 * decoding every sample once.
 *
 * @param items the good samples, in the data set's order
 * @param bad the samples that could not be decoded, in the data set's order
 * @param hash identifies the good samples: SHA-256 over the class names and every id, label and
 *     content hash
 */
public record Inventory(List<Item> items, List<Bad> bad, String hash) {
  /**
   * A good sample.
   *
   * @param index in the data set that was read
   * @param sha256 of {@link Dataset#encoded}, lower-case hexadecimal
   * @param label index of the class
   * @param width in pixels, as stored
   * @param height in pixels, as stored
   */
  public record Item(int index, String id, String sha256, int label, int width, int height) {}

  /**
   * A quarantined sample.
   *
   * @param index in the data set that was read
   * @param reason why it cannot be used
   */
  public record Bad(int index, String id, String reason) {}

  public Inventory {
    items = List.copyOf(items);
    bad = List.copyOf(bad);
  }

  /** Ids of the good samples, in their order. */
  public List<String> ids() {
    return items.stream().map(Item::id).toList();
  }

  /**
   * Reads, hashes and decodes every sample.
   *
   * @param progress told of the task {@code read images}
   */
  public static Inventory of(Dataset dataset, int threads, Progress progress) {
    progress.begin("read images", "images", dataset.size(), 0);
    try {
      return read(dataset, threads, new Count(progress));
    } finally {
      progress.end();
    }
  }

  private static Inventory read(Dataset dataset, int threads, Count read) {
    int total = dataset.size();
    Item[] items = new Item[total];
    Bad[] bad = new Bad[total];
    Workers.forEach(
        total,
        threads,
        i -> {
          try {
            items[i] = item(dataset, i);
          } catch (BadImageException e) {
            bad[i] = new Bad(i, dataset.id(i), e.getMessage());
          }
          read.add(1);
        });
    List<Item> good = new ArrayList<>();
    List<Bad> quarantined = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      if (bad[i] == null) {
        good.add(items[i]);
      } else {
        quarantined.add(bad[i]);
      }
    }
    return new Inventory(good, quarantined, hash(dataset.classes(), good));
  }

  /**
   * The hash of a data set without a bad sample, by reading every sample and decoding none: what
   * {@link #of} would give as its {@link #hash}.
   */
  public static String hashOf(Dataset dataset, int threads) {
    Item[] items = new Item[dataset.size()];
    Workers.forEach(
        items.length,
        threads,
        i -> items[i] = new Item(i, dataset.id(i), sha256(dataset, i), dataset.label(i), 0, 0));
    return hash(dataset.classes(), List.of(items));
  }

  private static String sha256(Dataset dataset, int i) {
    return HexFormat.of().formatHex(Sha256.digest().digest(dataset.encoded(i)));
  }

  private static Item item(Dataset dataset, int i) throws BadImageException {
    Image image = dataset.image(i);
    return new Item(
        i, dataset.id(i), sha256(dataset, i), dataset.label(i), image.width(), image.height());
  }

  private static String hash(List<String> classes, List<Item> items) {
    MessageDigest digest = Sha256.digest();
    for (String name : classes) {
      digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
    }
    for (Item item : items) {
      String line = item.id() + "\t" + item.label() + "\t" + item.sha256() + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Indices of the bad samples, for {@link Datasets#without}. */
  public Set<Integer> badIndices() {
    Set<Integer> indices = new HashSet<>();
    bad.forEach(b -> indices.add(b.index()));
    return indices;
  }

  /**
   * Ends the run when too much of the data is bad.
   *
   * @param maxBadShare in [0, 1)
   * @throws IllegalArgumentException naming the count, the share and the first bad samples
   */
  public void requireFewBad(String dataset, double maxBadShare) {
    int total = items.size() + bad.size();
    if (bad.size() <= maxBadShare * total) {
      return;
    }
    StringBuilder message =
        new StringBuilder(
            "%s: %d of %d images are bad (%.2f %%), at most %.2f %% may be (dataset.maxBadShare)."
                .formatted(
                    dataset, bad.size(), total, 100.0 * bad.size() / total, 100 * maxBadShare));
    bad.stream()
        .limit(5)
        .forEach(b -> message.append("\n  ").append(b.id()).append(": ").append(b.reason()));
    if (bad.size() > 5) {
      message.append("\n  and ").append(bad.size() - 5).append(" more");
    }
    throw new IllegalArgumentException(
        message.append(". Remove them, or raise the share.").toString());
  }
}
