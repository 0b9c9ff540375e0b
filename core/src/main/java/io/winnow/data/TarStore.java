package io.winnow.data;

import io.winnow.files.FileFailure;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * The files of a TAR, read where they lie, by an index made on opening. A gzipped TAR cannot be
 * read in any order, so its content is first unpacked into one temporary file, which goes on
 * closing.
 */
final class TarStore implements FileStore {
  private record Place(long offset, int size) {}

  private final Path archive;
  private final FileChannel channel;
  private final SortedMap<String, Place> places;
  private final List<String> paths;

  private TarStore(Path archive, FileChannel channel, SortedMap<String, Place> places) {
    this.archive = archive;
    this.channel = channel;
    this.places = places;
    this.paths = List.copyOf(places.keySet());
  }

  static TarStore open(Path archive) {
    try {
      FileChannel channel =
          isGzip(archive) ? unpacked(archive) : FileChannel.open(archive, StandardOpenOption.READ);
      try {
        return new TarStore(archive, channel, index(archive, channel));
      } catch (RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(archive, e);
    }
  }

  private static FileChannel unpacked(Path archive) throws IOException {
    Path plain = Files.createTempFile("winnow-", ".tar");
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive), 1 << 16))) {
      Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
      return FileChannel.open(plain, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      Files.deleteIfExists(plain);
      throw e;
    }
  }

  /** Leaves the channel open, which closing commons-compress's reader would close. */
  private static SortedMap<String, Place> index(Path archive, FileChannel channel) {
    SortedMap<String, Place> places = new TreeMap<>();
    try {
      for (TarArchiveEntry entry : new TarFile(channel).getEntries()) {
        if (entry.isFile() && !entry.isLink() && !entry.isSymbolicLink() && !entry.isSparse()) {
          places.put(
              FileStore.requireInside(archive, entry.getName()),
              new Place(entry.getDataOffset(), (int) Math.min(MAX_FILE_BYTES, entry.getSize())));
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s: no ZIP and no readable TAR (%s). Name a folder, ZIP or TAR (.gz)."
              .formatted(archive, FileFailure.reason(e)),
          e);
    }
    if (places.isEmpty()) {
      throw new IllegalArgumentException(
          archive + ": no ZIP and no TAR with files in it. Name a folder, ZIP or TAR (.gz).");
    }
    return places;
  }

  private static boolean isGzip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == 0x1F && in.read() == 0x8B;
    }
  }

  @Override
  public List<String> paths() {
    return paths;
  }

  @Override
  public byte[] read(String path) {
    Place place = places.get(path);
    ByteBuffer content = ByteBuffer.allocate(place.size());
    try {
      while (content.hasRemaining()) {
        if (channel.read(content, place.offset() + content.position()) < 0) {
          throw new EOFException("the archive ends inside this file");
        }
      }
      return content.array();
    } catch (IOException e) {
      throw FileFailure.unreadable(archive + "!" + path, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileFailure.unreadable(archive, e);
    }
  }
}
