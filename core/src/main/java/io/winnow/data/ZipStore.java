package io.winnow.data;

import io.winnow.files.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** The files of a ZIP, read where they lie. */
final class ZipStore implements FileStore {
  private final Path archive;
  private final ZipFile zip;
  private final SortedMap<String, ZipArchiveEntry> entries = new TreeMap<>();
  private final List<String> paths;

  private ZipStore(Path archive, ZipFile zip) {
    this.archive = archive;
    this.zip = zip;
    for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
      if (!entry.isDirectory() && !entry.isUnixSymlink()) {
        entries.put(FileStore.requireInside(archive, entry.getName()), entry);
      }
    }
    this.paths = List.copyOf(entries.keySet());
  }

  static boolean recognises(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(4);
      return start.length == 4
          && start[0] == 'P'
          && start[1] == 'K'
          && (start[2] == 3 || start[2] == 5);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  static ZipStore open(Path archive) {
    try {
      ZipFile zip = ZipFile.builder().setPath(archive).setIgnoreLocalFileHeader(true).get();
      try {
        return new ZipStore(archive, zip);
      } catch (RuntimeException e) {
        zip.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(archive, e);
    }
  }

  @Override
  public List<String> paths() {
    return paths;
  }

  @Override
  public byte[] read(String path) {
    ZipArchiveEntry entry = entries.get(path);
    try (InputStream in = stream(entry)) {
      byte[] content = in.readNBytes((int) Math.min(MAX_FILE_BYTES, entry.getSize()));
      if (content.length != entry.getSize()) {
        throw new IOException(
            "%d bytes, but %d were announced".formatted(content.length, entry.getSize()));
      }
      return content;
    } catch (IOException e) {
      throw FileFailure.unreadable(archive + "!" + path, e);
    }
  }

  /**
   * Opens an entry, one thread at a time: finding where its data begin goes through a buffer that
   * all threads share. Reading the data does not.
   */
  private InputStream stream(ZipArchiveEntry entry) throws IOException {
    synchronized (zip) {
      return zip.getInputStream(entry);
    }
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw FileFailure.unreadable(archive, e);
    }
  }
}
