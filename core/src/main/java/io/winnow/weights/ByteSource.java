package io.winnow.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A run of bytes in a file, or an entry of an archive, that tensors are read from. */
interface ByteSource {
  /** Number of bytes. */
  long size();

  /**
   * Fills the rest of the buffer from the given offset on.
   *
   * @throws EOFException where the source ends first
   */
  void read(long offset, ByteBuffer into) throws IOException;

  /** Part of an open file. Positional reads: several threads may share the channel. */
  record FileRegion(FileChannel channel, long start, long size) implements ByteSource {
    static FileRegion whole(FileChannel channel) throws IOException {
      return new FileRegion(channel, 0, channel.size());
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      if (offset + into.remaining() > size) {
        throw new EOFException("ends after " + size + " bytes");
      }
      long at = start + offset;
      while (into.hasRemaining()) {
        int n = channel.read(into, at);
        if (n < 0) {
          throw new EOFException("ends after " + (at - start) + " bytes");
        }
        at += n;
      }
    }
  }
}
