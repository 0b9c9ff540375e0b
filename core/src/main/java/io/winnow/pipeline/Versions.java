package io.winnow.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The versions of Winnow and of the engine, as the build wrote them. */
public final class Versions {
  private Versions() {}

  public static String winnow() {
    return read("winnow");
  }

  /** Version of the engine's binding, for example {@code 2.10.0-1.5.13}. */
  public static String engine() {
    return read("engine");
  }

  private static String read(String key) {
    try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty(key);
    } catch (IOException e) {
      throw new UncheckedIOException("versions.properties: could not be read", e);
    }
  }
}
