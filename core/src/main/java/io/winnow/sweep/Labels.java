package io.winnow.sweep;

import java.util.regex.Pattern;

/** Words that name cells, and so their folders and runs. */
final class Labels {
  private static final Pattern VALID = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*");

  private Labels() {}

  /** Whether a text may name a run. */
  static boolean valid(String text) {
    return VALID.matcher(text).matches();
  }

  /** Of a value: what a name may not have becomes a hyphen. */
  static String of(String value) {
    String plain = value.replaceAll("[^\\p{L}\\p{N}._-]+", "-");
    String bare = plain.replaceAll("^[^\\p{L}\\p{N}]+|-+$", "");
    return bare.isEmpty() ? "none" : bare;
  }
}
