package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Items;
import io.winnow.config.YamlNode.Place;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nodes to values of a type. Goes on after a problem, so that all of them are found. */
final class Binder {
  /** Stands for a value that has a problem. */
  private static final Object FAILED = new Object();

  private final List<Problem> problems;
  private final String defaults;
  private final String user;
  private final Map<String, String> places = new LinkedHashMap<>();

  /**
   * @param defaults source of the defaults, which the user did not write and cannot mend
   * @param user source that is named in its place
   */
  Binder(List<Problem> problems, String defaults, String user) {
    this.problems = problems;
    this.defaults = defaults;
    this.user = user;
  }

  /** Where each path was written. */
  Map<String, String> places() {
    return places;
  }

  Object bind(Type type, boolean nullable, YamlNode node, String path) {
    note(node.place(), path);
    if (type == Given.class) {
      return new Given(node);
    }
    if (node instanceof Scalar scalar && scalar.isNull()) {
      return nullable
          ? null
          : fail(node.place(), path, "no value; expected " + Scalars.expected(type) + ".");
    }
    Class<?> raw = Scalars.raw(type);
    if (raw == List.class) {
      return list(argument(type, 0), node, path);
    }
    if (raw == Map.class) {
      return map(argument(type, 1), node, path);
    }
    if (node instanceof Scalar scalar && Scalars.isScalar(raw)) {
      try {
        return Scalars.parse(raw, scalar.text());
      } catch (IllegalArgumentException e) {
        return fail(node.place(), path, e.getMessage());
      }
    }
    if (node instanceof Section section && Kinds.of(raw).isPresent()) {
      return tagged(Kinds.of(raw).get(), section, path);
    }
    if (raw.isRecord() && node instanceof Section section) {
      return record(raw, section, path, null);
    }
    return fail(node.place(), path, kind(node) + "; expected " + Scalars.expected(type) + ".");
  }

  private void note(Place place, String path) {
    String line = place.line() > 0 ? ":" + place.line() : "";
    places.put(path, place.source() + line);
  }

  private Object fail(Place place, String path, String message) {
    problems.add(new Problem(place, path, message));
    return FAILED;
  }

  private Object list(Type element, YamlNode node, String path) {
    if (!(node instanceof Items items)) {
      return fail(node.place(), path, kind(node) + "; expected a list, [a, b].");
    }
    List<Object> values = new ArrayList<>();
    for (YamlNode item : items.items()) {
      values.add(bind(element, false, item, path + "[" + values.size() + "]"));
    }
    return values.contains(FAILED) ? FAILED : List.copyOf(values);
  }

  private Object map(Type element, YamlNode node, String path) {
    if (!(node instanceof Section section)) {
      return fail(node.place(), path, kind(node) + "; expected keys with values.");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    section
        .entries()
        .forEach((key, e) -> values.put(key, bind(element, false, e.value(), child(path, key))));
    return values.containsValue(FAILED) ? FAILED : values;
  }

  /** The record that a section's tag stands for. */
  private Object tagged(Kinds kinds, Section section, String path) {
    String tagPath = child(path, kinds.key());
    String expected = "expected one of " + String.join(", ", kinds.tags()) + ".";
    Entry entry = section.entries().get(kinds.key());
    if (entry == null) {
      return fail(section.place(), tagPath, "missing; " + expected + " Add the key.");
    }
    note(entry.value().place(), tagPath);
    if (entry.value() instanceof Scalar scalar && kinds.tags().contains(scalar.text())) {
      return record(kinds.record(scalar.text()), section, path, kinds.key());
    }
    if (!(entry.value() instanceof Scalar scalar) || scalar.isNull()) {
      String found = entry.value() instanceof Scalar ? "no value" : kind(entry.value());
      return fail(entry.value().place(), tagPath, found + "; " + expected);
    }
    String hint =
        Suggestion.nearest(scalar.text(), kinds.tags())
            .map(name -> " Did you mean " + name + "?")
            .orElse("");
    return fail(scalar.place(), tagPath, "\"" + scalar.text() + "\"; " + expected + hint);
  }

  /**
   * @param tag key beside the record's components, null for none. Where there is one, the defaults
   *     may be those of another kind: their keys that this one does not have say nothing.
   */
  private Object record(Class<?> type, Section section, String path, @OrNull String tag) {
    RecordComponent[] components = type.getRecordComponents();
    List<String> names = new ArrayList<>();
    if (tag != null) {
      names.add(tag);
    }
    Arrays.stream(components).map(RecordComponent::getName).forEach(names::add);
    section
        .entries()
        .forEach(
            (key, entry) -> {
              if (tag == null || !entry.place().source().equals(defaults)) {
                known(names, key, entry.place(), path);
              }
            });
    Object[] values = new Object[components.length];
    boolean failed = false;
    for (int i = 0; i < components.length; i++) {
      values[i] = component(components[i], section, path);
      failed |= values[i] == FAILED;
    }
    return failed ? FAILED : construct(type, components, values, section, path);
  }

  private void known(List<String> names, String key, Place place, String path) {
    if (names.contains(key)) {
      return;
    }
    String hint =
        Suggestion.nearest(key, names)
            .map(name -> " Did you mean " + child(path, name) + "?")
            .orElse(" Known keys: " + String.join(", ", names) + ".");
    fail(place, child(path, key), "unknown key." + hint);
  }

  private Object component(RecordComponent component, Section section, String path) {
    String name = component.getName();
    boolean nullable = component.isAnnotationPresent(OrNull.class);
    Entry entry = section.entries().get(name);
    if (entry != null) {
      return bind(component.getGenericType(), nullable, entry.value(), child(path, name));
    }
    if (nullable) {
      return null;
    }
    return fail(
        section.place(),
        child(path, name),
        "missing; expected " + Scalars.expected(component.getGenericType()) + ". Add the key.");
  }

  private Object construct(
      Class<?> type, RecordComponent[] components, Object[] values, Section section, String path) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        return refused(components, section, path, refused.getMessage());
      }
      throw new IllegalStateException(type + " could not be made", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " has no canonical constructor", e);
    }
  }

  /** A validator's message goes to the component that it begins with, or to the section. */
  private Object refused(
      RecordComponent[] components, Section section, String path, String message) {
    for (RecordComponent component : components) {
      String name = component.getName();
      Entry entry = section.entries().get(name);
      if (entry != null && message.startsWith(name)) {
        String rest = message.substring(name.length());
        if (rest.startsWith(": ")) {
          return fail(mendable(entry, section), child(path, name), rest.substring(2));
        }
        if (rest.startsWith(" ")) {
          return fail(mendable(entry, section), child(path, name), message);
        }
      }
    }
    return fail(section.place(), path, message);
  }

  /** Where the user has to write: the value, or what it should stand in. */
  private Place mendable(Entry entry, Section section) {
    for (Place place : List.of(entry.value().place(), section.place())) {
      if (!place.source().equals(defaults)) {
        return place;
      }
    }
    return new Place(user, 0);
  }

  private static String kind(YamlNode node) {
    if (node instanceof Scalar scalar) {
      return "\"" + scalar.text() + "\"";
    }
    return node instanceof Items ? "a list" : "a section";
  }

  private static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }
}
