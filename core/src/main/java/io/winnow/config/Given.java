package io.winnow.config;

import io.winnow.config.YamlNode.Items;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * YAML that is taken as it stands, with its place, and read by another configuration: {@link
 * StrictYaml} puts it there.
 */
public final class Given {
  private final YamlNode node;

  Given(YamlNode node) {
    this.node = node;
  }

  YamlNode node() {
    return node;
  }

  /** Where it was written, for example {@code table1.yaml:7}. */
  public String where() {
    int line = node.place().line();
    return line > 0 ? node.place().source() + ":" + line : node.place().source();
  }

  /** Whether it is a sequence. */
  public boolean isList() {
    return node instanceof Items;
  }

  /** Whether it has keys. */
  public boolean isSection() {
    return node instanceof Section;
  }

  /** Of a sequence; anything else is its only item. */
  public List<Given> items() {
    return node instanceof Items items
        ? items.items().stream().map(Given::new).toList()
        : List.of(this);
  }

  /** Of a section, in its order; anything else has none. */
  public Map<String, Given> entries() {
    Map<String, Given> entries = new LinkedHashMap<>();
    if (node instanceof Section section) {
      section.entries().forEach((key, entry) -> entries.put(key, new Given(entry.value())));
    }
    return entries;
  }

  /** In one line: a scalar as it was written, {@code [a, b]}, <code>{a: b}</code>. */
  public String text() {
    if (node instanceof Scalar scalar) {
      return scalar.isNull() ? "null" : scalar.text();
    }
    if (isList()) {
      return items().stream().map(Given::text).collect(Collectors.joining(", ", "[", "]"));
    }
    return entries().entrySet().stream()
        .map(e -> e.getKey() + ": " + e.getValue().text())
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
