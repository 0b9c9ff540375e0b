package io.winnow.config;

import io.winnow.config.YamlNode.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys of a YAML file with their values as text, whatever record they belong to. */
public final class YamlKeys {
  private YamlKeys() {}

  /**
   * Reads a file; what it {@code extends} is taken in.
   *
   * @return dotted paths to values as they are written, in the order of the file; a list is one
   *     value, {@code [a, b]}
   * @throws ConfigException when the file is not there or is no YAML
   */
  public static Map<String, String> read(Path file) {
    List<Problem> problems = new ArrayList<>();
    Section root = ExtendedFile.read(file, problems);
    if (!problems.isEmpty()) {
      throw Problem.exception(problems);
    }
    Map<String, String> keys = new LinkedHashMap<>();
    add("", root, keys);
    return keys;
  }

  private static void add(String path, Section section, Map<String, String> keys) {
    section
        .entries()
        .forEach(
            (key, entry) -> {
              String name = path.isEmpty() ? key : path + "." + key;
              if (entry.value() instanceof Section inner && !inner.entries().isEmpty()) {
                add(name, inner, keys);
              } else {
                keys.put(name, new Given(entry.value()).text());
              }
            });
  }
}
