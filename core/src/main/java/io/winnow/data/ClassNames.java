package io.winnow.data;

import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names of classes in words, for data sets whose folders are called otherwise (ImageNet's by
 * WordNet ids). A line of the file is as one of ImageNet's {@code LOC_synset_mapping.txt}: the
 * class, space, names with commas between, of which the first is taken.
 */
final class ClassNames {
  private ClassNames() {}

  /**
   * Names of the classes as prompts say them.
   *
   * @param file null for the classes' own names
   * @return [K]
   */
  static List<String> of(@OrNull String file, List<String> classes) {
    if (file == null) {
      return classes.stream().map(name -> name.replace('_', ' ')).toList();
    }
    Map<String, String> names = read(Path.of(file));
    List<String> lacking = classes.stream().filter(name -> !names.containsKey(name)).toList();
    if (!lacking.isEmpty()) {
      throw new IllegalArgumentException(
          "prompts.names: %s has no name for %d of %d classes (%s); expected a line for each, such as"
                  .formatted(file, lacking.size(), classes.size(), String.join(", ", lacking))
              + " \""
              + lacking.get(0)
              + " its name\". Add the lines.");
    }
    return classes.stream().map(names::get).toList();
  }

  private static Map<String, String> read(Path file) {
    Map<String, String> names = new HashMap<>();
    try {
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i).strip();
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        String[] parts = line.split("\\s+", 2);
        String name = parts.length < 2 ? "" : parts[1].split(",", 2)[0].strip();
        if (name.isEmpty() || names.put(parts[0], name) != null) {
          throw new IllegalArgumentException(
              "%s:%d: \"%s\"; expected a class, a space and its name, every class once."
                  .formatted(file, i + 1, line));
        }
      }
      return names;
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
