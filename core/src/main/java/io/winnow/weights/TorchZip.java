package io.winnow.weights;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The zip form of torch.save (the default since 1.6), and TorchScript archives, which have the same
 * layout plus code that is not looked at. Source: PyTorch {@code torch/serialization.py}.
 */
final class TorchZip {
  private static final String PICKLE = "/data.pkl";

  /** The object tree without its tensors takes kilobytes to a few megabytes. */
  private static final long LONGEST_PICKLE = 256L << 20;

  private TorchZip() {}

  static <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String root = root(zip, file);
      checkByteOrder(zip, root, file);
      boolean script = zip.getEntry(root + "/constants.pkl") != null;
      String where = file + " (" + root + PICKLE + ")";
      Object tree;
      try (InputStream in =
          new BufferedInputStream(zip.getInputStream(zip.getEntry(root + PICKLE)))) {
        tree = new Unpickler(script).load(new PickleInput(in, where));
      }
      Map<String, ByteSource> storages = new HashMap<>();
      return use.of(
          new PickledTree(
              tree,
              file.toString(),
              key -> {
                if (!storages.containsKey(key)) {
                  storages.put(key, storage(zip, root, key, where));
                }
                return storages.get(key);
              }));
    } catch (ZipException e) {
      throw new IllegalArgumentException(
          file
              + ": the zip archive is damaged or cut short ("
              + e.getMessage()
              + "). Fetch it again.",
          e);
    }
  }

  private static String root(ZipFile zip, Path file) {
    ZipEntry pickle =
        zip.stream()
            .filter(entry -> entry.getName().endsWith(PICKLE))
            .min(Comparator.comparingInt(entry -> entry.getName().length()))
            .map(ZipEntry.class::cast)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        file
                            + ": is a zip archive without data.pkl, so torch.save did not write it"
                            + (zip.stream().anyMatch(e -> e.getName().endsWith(".npy"))
                                ? "; it is an npz of arrays"
                                : "")
                            + ". Give a .pth, .pt or .safetensors file."));
    if (pickle.getSize() > LONGEST_PICKLE) {
      throw new IllegalArgumentException(
          file + ": data.pkl has " + pickle.getSize() + " bytes; at most " + LONGEST_PICKLE);
    }
    String name = pickle.getName();
    return name.substring(0, name.length() - PICKLE.length());
  }

  private static void checkByteOrder(ZipFile zip, String root, Path file) throws IOException {
    ZipEntry entry = zip.getEntry(root + "/byteorder");
    if (entry == null) {
      return;
    }
    try (InputStream in = zip.getInputStream(entry)) {
      String order = new String(in.readNBytes(16), StandardCharsets.US_ASCII).strip();
      if (!order.equals("little")) {
        throw new IllegalArgumentException(
            file + ": byte order " + order + "; only little is read. Save it on a common machine.");
      }
    }
  }

  private static ByteSource storage(ZipFile zip, String root, String key, String where) {
    ZipEntry entry = zip.getEntry(root + "/data/" + key);
    if (entry == null) {
      throw new IllegalArgumentException(
          where + ": names the storage data/" + key + ", which the archive lacks");
    }
    return new ZipEntrySource(zip, entry);
  }
}
