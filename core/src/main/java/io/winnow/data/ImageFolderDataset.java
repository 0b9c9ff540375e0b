package io.winnow.data;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Image files whose class is the folder they lie in: the first folder under the split's. Classes
 * and files are in the order of their paths.
 */
final class ImageFolderDataset implements Dataset {
  private static final List<String> SPLITS =
      List.of("train", "training", "test", "testing", "val", "valid", "validation");

  private final String name;
  private final FileStore store;
  private final long maxPixels;
  private final List<String> ids = new ArrayList<>();
  private final List<String> classes;
  private final int[] labels;

  ImageFolderDataset(String name, FileStore store, String split, long maxPixels) {
    this.name = name;
    this.store = store;
    this.maxPixels = maxPixels;
    String root = root(store, split, name);
    SortedSet<String> names = new TreeSet<>();
    for (String path : store.paths()) {
      if (path.startsWith(root) && FileStore.isImage(path)) {
        ids.add(path);
        names.add(folder(path, root));
      }
    }
    boolean flat = names.size() == 1 && names.contains("");
    if (!flat && names.contains("")) {
      throw new IllegalArgumentException(
          "%s: some images lie in class folders and %s beside them; expected one folder per class. Move it into one."
              .formatted(name, firstBeside(root)));
    }
    this.classes = flat ? List.of() : List.copyOf(names);
    Map<String, Integer> labelOf = new HashMap<>();
    classes.forEach(c -> labelOf.put(c, labelOf.size()));
    this.labels = new int[ids.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = labelOf.getOrDefault(folder(ids.get(i), root), -1);
    }
  }

  private String firstBeside(String root) {
    return ids.stream().filter(id -> folder(id, root).isEmpty()).findFirst().orElse("");
  }

  private static String folder(String path, String root) {
    int slash = path.indexOf('/', root.length());
    return slash < 0 ? "" : path.substring(root.length(), slash);
  }

  /** The prefix under which the split's class folders lie; see {@link Datasets#open}. */
  private static String root(FileStore store, String split, String name) {
    String top = "";
    SortedSet<String> folders = store.folders(top);
    while (isWrapper(store, top, folders, split)) {
      top += folders.first() + "/";
      folders = store.folders(top);
    }
    if (!split.isEmpty() && folders.contains(split)) {
      return top + split + "/";
    }
    List<String> others = folders.stream().filter(SPLITS::contains).toList();
    if (split.isEmpty() || (split.equals("train") && others.isEmpty())) {
      return top;
    }
    throw new IllegalArgumentException(
        "%s: no folder named %s (dataset.split); there is %s. Choose one of them, or \"\" for everything."
            .formatted(name, split, folders));
  }

  /** Archives often hold one folder with everything in it: it has folders inside, but no image. */
  private static boolean isWrapper(
      FileStore store, String top, SortedSet<String> folders, String split) {
    if (folders.size() != 1 || folders.contains(split)) {
      return false;
    }
    String inner = top + folders.first() + "/";
    return !store.folders(inner).isEmpty()
        && store.paths().stream()
            .filter(FileStore::isImage)
            .noneMatch(path -> path.startsWith(top) && path.indexOf('/', inner.length()) < 0);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return ids.size();
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public String id(int i) {
    return ids.get(i);
  }

  @Override
  public int label(int i) {
    return labels[i];
  }

  @Override
  public byte[] encoded(int i) {
    return store.read(ids.get(i));
  }

  @Override
  public Image image(int i) throws BadImageException {
    try {
      return ImageDecoder.decode(encoded(i), maxPixels);
    } catch (UncheckedIOException e) {
      throw new BadImageException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
