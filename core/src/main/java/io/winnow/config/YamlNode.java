package io.winnow.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML value that knows where it was written. */
sealed interface YamlNode {
  /** Where the value stands. */
  Place place();

  /**
   * A line of a file.
   *
   * @param source file name, or {@code --set} for an override
   * @param line from 1 on; 0 where there are no lines
   */
  record Place(String source, int line) {}

  /**
   * A scalar as it was written.
   *
   * @param plain without quotes
   */
  record Scalar(Place place, String text, boolean plain) implements YamlNode {
    /** YAML's null: an empty plain scalar, {@code ~} or {@code null}. */
    boolean isNull() {
      return plain && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }
  }

  /** A sequence. */
  record Items(Place place, List<YamlNode> items) implements YamlNode {}

  /**
   * A mapping in the order of the file.
   *
   * @param optional tagged {@code !optional} in the defaults: absent unless the user gives it
   */
  record Section(Place place, Map<String, Entry> entries, boolean optional) implements YamlNode {
    Section(Place place, boolean optional) {
      this(place, new LinkedHashMap<>(), optional);
    }

    /** This section with the entries of another over it; sections in both are merged likewise. */
    Section under(Section over) {
      Section merged = new Section(over.place, false);
      merged.entries.putAll(entries);
      over.entries.forEach(
          (key, entry) -> {
            Entry base = entries.get(key);
            merged.entries.put(
                key,
                base != null
                        && base.value() instanceof Section below
                        && entry.value() instanceof Section above
                    ? new Entry(entry.place(), below.under(above))
                    : entry);
          });
      return merged;
    }

    /** This section where every {@code !optional} section that nobody gave is null. */
    Section settled() {
      Section settled = new Section(place, false);
      entries.forEach((key, entry) -> settled.entries.put(key, entry.settled()));
      return settled;
    }
  }

  /** A key's place and its value. */
  record Entry(Place place, YamlNode value) {
    private Entry settled() {
      if (!(value instanceof Section section)) {
        return this;
      }
      return new Entry(
          place, section.optional() ? new Scalar(place, "null", true) : section.settled());
    }
  }
}
