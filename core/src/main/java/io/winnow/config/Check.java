package io.winnow.config;

import java.util.Locale;

/** Conditions in the compact constructors of configuration records. */
public final class Check {
  private Check() {}

  /**
   * Refuses a value. Start the message with the name of the record component ("ratio is 1.4, but
   * must be in (0, 1]"), and {@link StrictYaml} points at that component's line.
   *
   * @throws IllegalArgumentException with the formatted message, when {@code ok} is false
   */
  public static void that(boolean ok, String format, Object... args) {
    if (!ok) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, format, args));
    }
  }
}
