package io.winnow.config;

import java.util.List;

/** Everything that is wrong with a configuration, one problem per line of the message. */
public final class ConfigException extends IllegalArgumentException {
  private final transient List<String> problems;

  public ConfigException(List<String> problems) {
    this(problems, null);
  }

  public ConfigException(List<String> problems, @OrNull Throwable cause) {
    super(String.join(System.lineSeparator(), problems), cause);
    this.problems = List.copyOf(problems);
  }

  /** The problems in the order of the file, each with its place. */
  public List<String> problems() {
    return problems;
  }
}
