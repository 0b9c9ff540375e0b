package io.winnow.artifact;

import java.nio.charset.StandardCharsets;

/** The header of NumPy's array files, version 1.0, padded to a multiple of 64 bytes. */
final class NpyHeader {
  private NpyHeader() {}

  /**
   * Everything in front of the values.
   *
   * @param descr NumPy's type description as a Python literal, for example {@code '<i8'} with its
   *     quotes
   * @param shape as a Python tuple, for example {@code (3,)} or {@code (3, 4)}
   */
  static byte[] of(String descr, String shape) {
    String dictionary =
        "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
    int length = (10 + dictionary.length() + 1 + 63) / 64 * 64 - 10;
    StringBuilder text = new StringBuilder("\u0093NUMPY\u0001\u0000");
    text.append((char) (length & 0xff)).append((char) (length >> 8));
    text.append(dictionary).append(" ".repeat(length - dictionary.length() - 1)).append('\n');
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
