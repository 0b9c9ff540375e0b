package io.winnow.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * An entry of a zip archive, stored or deflated. Reading forward continues where the last read
 * ended; reading backward starts the entry again. For one thread.
 */
final class ZipEntrySource implements ByteSource, AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final ZipFile zip;
  private final ZipEntry entry;
  private final byte[] buffer = new byte[BUFFER];
  private InputStream stream;
  private long position;

  ZipEntrySource(ZipFile zip, ZipEntry entry) {
    this.zip = zip;
    this.entry = entry;
  }

  @Override
  public long size() {
    return entry.getSize();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    seek(offset);
    while (into.hasRemaining()) {
      int n = stream.read(buffer, 0, Math.min(BUFFER, into.remaining()));
      if (n < 0) {
        throw new EOFException("entry " + entry.getName() + " ends after " + position + " bytes");
      }
      into.put(buffer, 0, n);
      position += n;
    }
  }

  private void seek(long offset) throws IOException {
    if (stream == null || offset < position) {
      close();
      stream = zip.getInputStream(entry);
      position = 0;
    }
    stream.skipNBytes(offset - position);
    position = offset;
  }

  @Override
  public void close() throws IOException {
    if (stream != null) {
      stream.close();
      stream = null;
    }
  }
}
