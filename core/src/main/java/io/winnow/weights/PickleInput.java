package io.winnow.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, with the position in the file and a bound on every length. */
final class PickleInput {
  /** No checkpoint has a single string or byte array of this size. */
  private static final int LONGEST = 64 << 20;

  private static final int LONGEST_NAME = 4096;

  private final InputStream in;
  private final String where;
  private long position;

  PickleInput(InputStream in, String where) {
    this.in = in;
    this.where = where;
  }

  String where() {
    return where;
  }

  /** Bytes read so far. */
  long position() {
    return position;
  }

  int unsigned() throws IOException {
    int b = in.read();
    if (b < 0) {
      throw new EOFException("ends inside the pickle, after " + position + " bytes");
    }
    position++;
    return b;
  }

  byte[] bytes(long length) throws IOException {
    if (length < 0 || length > LONGEST) {
      throw refused("a string of " + Long.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = in.readNBytes((int) length);
    position += bytes.length;
    if (bytes.length < length) {
      throw new EOFException("ends inside the pickle, after " + position + " bytes");
    }
    return bytes;
  }

  /** Little-endian, unsigned below eight bytes. */
  long integer(int size) throws IOException {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (long) unsigned() << (8 * i);
    }
    return value;
  }

  double bigEndianDouble() throws IOException {
    return ByteBuffer.wrap(bytes(8)).getDouble();
  }

  String utf8(long length) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(length))).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          where + ": a string before byte " + position + " is not UTF-8", e);
    }
  }

  /** A two's complement integer of any length; small ones come as Long. */
  Number longInteger(long length) throws IOException {
    if (length > 1024) {
      throw refused("an integer of " + length + " bytes");
    }
    byte[] little = bytes(length);
    if (little.length == 0) {
      return 0L;
    }
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[little.length - 1 - i];
    }
    BigInteger value = new BigInteger(big);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  /** Text up to a newline. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = unsigned(); b != '\n'; b = unsigned()) {
      line.append((char) b);
      if (line.length() > LONGEST_NAME) {
        throw refused("a name of more than " + LONGEST_NAME + " characters");
      }
    }
    return line.toString();
  }

  IllegalArgumentException refused(String what) {
    return new IllegalArgumentException(
        where + ": the pickle holds " + what + " (before byte " + position + "), which is refused");
  }
}
