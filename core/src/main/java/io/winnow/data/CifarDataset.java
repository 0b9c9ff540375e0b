package io.winnow.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * CIFAR-10 from its official archives, held in memory as stored: five training batches and one test
 * batch of 10,000 pictures, 32 x 32, planes of red, green and blue. Ids are "data_batch_1/00042",
 * the same for the binary and the python archive, whose order is the same.
 */
final class CifarDataset implements Dataset {
  static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int PIXELS = 3 * PLANE;

  /** Pictures of one file: picture r begins at {@code first + r * stride}. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Batch(String name, byte[] data, int first, int stride, int[] labels) {}

  private final String name;
  private final List<Batch> batches;
  private final int[] ends;

  private CifarDataset(String name, List<Batch> batches) {
    this.name = name;
    this.batches = batches;
    this.ends = new int[batches.size()];
    int end = 0;
    for (int b = 0; b < ends.length; b++) {
      end += batches.get(b).labels().length;
      ends[b] = end;
    }
  }

  /** Whether a folder or archive holds the official files, binary or python. */
  static boolean recognises(FileStore store) {
    return prefix(store, ".bin") != null || prefix(store, "") != null;
  }

  private static String prefix(FileStore store, String extension) {
    String first = "data_batch_1" + extension;
    return store.paths().stream()
        .filter(path -> path.equals(first) || path.endsWith("/" + first))
        .map(path -> path.substring(0, path.length() - first.length()))
        .findFirst()
        .orElse(null);
  }

  /**
   * Reads a split.
   *
   * @param split "train" or "test"
   */
  static CifarDataset read(String name, FileStore store, String split) {
    boolean binary = prefix(store, ".bin") != null;
    String prefix = prefix(store, binary ? ".bin" : "");
    List<String> files =
        switch (split) {
          case "train" ->
              List.of(
                  "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5");
          case "test" -> List.of("test_batch");
          default ->
              throw new IllegalArgumentException(
                  "%s: no split named \"%s\" (dataset.split); write train or test."
                      .formatted(name, split));
        };
    List<Batch> batches = new ArrayList<>();
    for (String file : files) {
      String path = prefix + file + (binary ? ".bin" : "");
      if (!store.paths().contains(path)) {
        throw new IllegalArgumentException(
            name + ": " + path + " is missing. Fetch and unpack the archive again.");
      }
      try {
        byte[] content = store.read(path);
        batches.add(binary ? binary(file, content) : python(file, content));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(name + " " + path + ": " + e.getMessage(), e);
      }
    }
    return new CifarDataset(name, batches);
  }

  /** Records of one label byte and 3072 pixel bytes. */
  private static Batch binary(String file, byte[] content) {
    if (content.length == 0 || content.length % (PIXELS + 1) != 0) {
      throw new IllegalArgumentException(
          "%d bytes, expected whole records of %d. Fetch the archive again."
              .formatted(content.length, PIXELS + 1));
    }
    int[] labels = new int[content.length / (PIXELS + 1)];
    for (int r = 0; r < labels.length; r++) {
      labels[r] = label(content[r * (PIXELS + 1)] & 0xFF, r);
    }
    return new Batch(file, content, 1, PIXELS + 1, labels);
  }

  private static Batch python(String file, byte[] content) {
    Map<String, Object> batch = NumpyPickle.read(content);
    if (!(batch.get("labels") instanceof List<?> names)
        || !(batch.get("data") instanceof NumpyPickle.Bytes pixels)) {
      throw new IllegalArgumentException(
          "keys " + batch.keySet() + ", expected labels and data of CIFAR-10");
    }
    if (!Arrays.equals(pixels.shape(), new int[] {names.size(), PIXELS})
        || pixels.data().length != names.size() * PIXELS) {
      throw new IllegalArgumentException(
          "data of shape %s and %d labels, expected [n, %d] and n"
              .formatted(Arrays.toString(pixels.shape()), names.size(), PIXELS));
    }
    int[] labels = new int[names.size()];
    for (int r = 0; r < labels.length; r++) {
      labels[r] = label((Integer) names.get(r), r);
    }
    return new Batch(file, pixels.data(), 0, PIXELS, labels);
  }

  private static int label(int label, int record) {
    if (label < 0 || label >= CLASSES.size()) {
      throw new IllegalArgumentException(
          "record %d has label %d, expected 0 to 9. Is it CIFAR-100?".formatted(record, label));
    }
    return label;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return ends[ends.length - 1];
  }

  @Override
  public List<String> classes() {
    return CLASSES;
  }

  private int batch(int i) {
    int b = 0;
    while (i >= ends[b]) {
      b++;
    }
    return b;
  }

  private int row(int i) {
    int b = batch(i);
    return b == 0 ? i : i - ends[b - 1];
  }

  @Override
  public String id(int i) {
    return "%s/%05d".formatted(batches.get(batch(i)).name(), row(i));
  }

  @Override
  public int label(int i) {
    return batches.get(batch(i)).labels()[row(i)];
  }

  @Override
  public byte[] encoded(int i) {
    Batch batch = batches.get(batch(i));
    int first = batch.first() + row(i) * batch.stride();
    return Arrays.copyOfRange(batch.data(), first, first + PIXELS);
  }

  @Override
  public Image image(int i) {
    byte[] planes = encoded(i);
    byte[] rgb = new byte[PIXELS];
    for (int p = 0, at = 0; p < PLANE; p++) {
      rgb[at++] = planes[p];
      rgb[at++] = planes[PLANE + p];
      rgb[at++] = planes[2 * PLANE + p];
    }
    return new Image(SIDE, SIDE, rgb);
  }

  @Override
  public void close() {
    // Everything is in memory.
  }
}
