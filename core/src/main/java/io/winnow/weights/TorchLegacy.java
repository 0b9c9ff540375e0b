package io.winnow.weights;

import io.winnow.weights.Pickled.Storage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The form of torch.save before 1.6: five pickles in a row (magic number, version, system, object,
 * keys of the storages), then the storages in the order of the keys, each after its element count.
 */
final class TorchLegacy {
  private static final long VERSION = 1001;

  private TorchLegacy() {}

  static <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
    try (FileChannel channel = FileChannel.open(file);
        InputStream stream = new BufferedInputStream(Channels.newInputStream(channel))) {
      PickleInput in = new PickleInput(stream, file.toString());
      Unpickler unpickler = new Unpickler(false);
      unpickler.load(in); // the magic number, by which the file was recognised
      Object version = unpickler.load(in);
      if (!version.equals(VERSION)) {
        throw new IllegalArgumentException(
            file + ": legacy version " + version + "; " + VERSION + " was expected");
      }
      if (!(unpickler.load(in) instanceof Map<?, ?> system)
          || !Boolean.TRUE.equals(system.get("little_endian"))) {
        throw new IllegalArgumentException(file + ": was not written in little-endian order");
      }
      Object tree = unpickler.load(in);
      if (!(unpickler.load(in) instanceof List<?> keys)) {
        throw new IllegalArgumentException(file + ": the list of storages is missing");
      }
      Map<String, ByteSource> regions =
          regions(channel, in.position(), keys, unpickler.storages(), file);
      return use.of(new PickledTree(tree, file.toString(), key -> find(regions, key, file)));
    }
  }

  private static ByteSource find(Map<String, ByteSource> regions, String key, Path file) {
    ByteSource region = regions.get(key);
    if (region == null) {
      throw new IllegalArgumentException(file + ": names the storage " + key + ", which it lacks");
    }
    return region;
  }

  private static Map<String, ByteSource> regions(
      FileChannel channel, long start, List<?> keys, Map<String, Storage> storages, Path file)
      throws IOException {
    Map<String, ByteSource> regions = new HashMap<>();
    ByteSource whole = ByteSource.FileRegion.whole(channel);
    long at = start;
    for (Object key : keys) {
      Storage storage = key instanceof String name ? storages.get(name) : null;
      if (storage == null) {
        throw new IllegalArgumentException(file + ": storage " + key + " belongs to no tensor");
      }
      ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      if (at + Long.BYTES > whole.size()) {
        throw new IllegalArgumentException(file + ": is cut short before storage " + key);
      }
      whole.read(at, count);
      long elements = count.getLong(0);
      long room = (whole.size() - at - Long.BYTES) / storage.elementSize();
      if (elements != storage.elements() || elements > room) {
        throw new IllegalArgumentException(
            file
                + ": storage "
                + key
                + " has "
                + elements
                + " elements; "
                + storage.elements()
                + " were announced and there is room for "
                + room);
      }
      long bytes = elements * storage.elementSize();
      regions.put(storage.key(), new ByteSource.FileRegion(channel, at + Long.BYTES, bytes));
      at += Long.BYTES + bytes;
    }
    return regions;
  }
}
