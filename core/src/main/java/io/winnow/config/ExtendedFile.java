package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Place;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A file over the one that it {@code extends}, that one over its own, and so on. Sections of both
 * are merged key by key; anything else, lists too, stands as the upper file has it. Every value
 * keeps the file and line where it was written; a file below is named as seen from the first one.
 */
final class ExtendedFile {
  /** The key that names the file below, relative to the file that it stands in. */
  private static final String EXTENDS = "extends";

  private final Path first;
  private final List<Problem> problems;
  private final List<Path> chain = new ArrayList<>();

  private ExtendedFile(Path first, List<Problem> problems) {
    this.first = first;
    this.problems = problems;
  }

  /**
   * Reads a file with all that it stands on.
   *
   * @return null when one of the files could not be read, and the problem is noted
   * @throws ConfigException when the first file itself is not there
   */
  static Section read(Path file, List<Problem> problems) {
    String text;
    try {
      text = text(file);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(List.of(file + ": " + e.getMessage()), e.getCause());
    }
    return new ExtendedFile(file, problems).under(file, text);
  }

  private Section under(Path file, String text) {
    chain.add(real(file));
    Section section = YamlReader.section(text, name(file), problems);
    Entry below = section == null ? null : section.entries().remove(EXTENDS);
    if (below == null) {
      return section;
    }
    Section base = base(file, below);
    return base == null ? null : base.under(section);
  }

  private Section base(Path file, Entry entry) {
    Place place = entry.value().place();
    if (!(entry.value() instanceof Scalar scalar) || scalar.isNull()) {
      return fail(place, "not the name of a file; expected one recipe, such as base.yaml.");
    }
    Path base;
    String text;
    try {
      base = file.resolveSibling(scalar.text());
      text = text(base);
    } catch (InvalidPathException e) {
      return fail(place, "\"" + scalar.text() + "\"; expected the path of a recipe.");
    } catch (IllegalArgumentException e) {
      return fail(place, scalar.text() + ": " + e.getMessage());
    }
    return chain.contains(real(base))
        ? fail(place, "a circle (" + circle(base) + "); expected a chain of recipes that ends.")
        : under(base, text);
  }

  private Section fail(Place place, String message) {
    problems.add(new Problem(place, EXTENDS, message));
    return null;
  }

  private String circle(Path again) {
    List<Path> circle = new ArrayList<>(chain.subList(chain.indexOf(real(again)), chain.size()));
    circle.add(real(again));
    return circle.stream().map(p -> p.getFileName().toString()).collect(Collectors.joining(" -> "));
  }

  /** How messages call a file. */
  private String name(Path file) {
    if (file.equals(first)) {
      return first.getFileName().toString();
    }
    Path folder = first.toAbsolutePath().normalize().getParent();
    return folder.relativize(file.toAbsolutePath().normalize()).toString();
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file.toAbsolutePath().normalize();
    }
  }

  /**
   * A file's text.
   *
   * @throws IllegalArgumentException saying why it could not be read, without its name
   */
  private static String text(Path file) {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException("a folder; expected a recipe, a YAML file.");
    }
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("no such file; expected a recipe.", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8; expected YAML in UTF-8.", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("could not be read (" + FileFailure.reason(e) + ").", e);
    }
  }
}
