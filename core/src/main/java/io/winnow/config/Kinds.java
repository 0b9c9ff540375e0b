package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The records that a section of a {@link TaggedBy} type may be. */
final class Kinds {
  private final String key;
  private final Map<String, Class<?>> records = new LinkedHashMap<>();

  private Kinds(Class<?> type) {
    key = type.getAnnotation(TaggedBy.class).value();
    for (Class<?> kind : type.getPermittedSubclasses()) {
      records.put(kind.getAnnotation(Tag.class).value(), kind);
    }
  }

  /** Those of a type; empty where its sections are not tagged. */
  static Optional<Kinds> of(Class<?> type) {
    return type.isAnnotationPresent(TaggedBy.class)
        ? Optional.of(new Kinds(type))
        : Optional.empty();
  }

  /** The key that says which one. */
  String key() {
    return key;
  }

  /** The tags. */
  List<String> tags() {
    return List.copyOf(records.keySet());
  }

  /** The record that a tag stands for. */
  Class<?> record(String tag) {
    return records.get(tag);
  }

  /** The record of a section whose tag is a known one. */
  Class<?> record(Section section) {
    Entry entry = section.entries().get(key);
    return record(((Scalar) entry.value()).text());
  }
}
