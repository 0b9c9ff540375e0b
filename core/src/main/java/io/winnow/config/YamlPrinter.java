package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Items;
import io.winnow.config.YamlNode.Scalar;
import io.winnow.config.YamlNode.Section;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Bound nodes to YAML text: every component in the order of its record, absent ones as {@code
 * null}, so that the text shows all there is to set.
 */
final class YamlPrinter {
  private static final Pattern SAFE =
      Pattern.compile("[A-Za-z0-9_./+][A-Za-z0-9_./+@=-]*|-[0-9.][0-9.eE+-]*");
  private static final Scalar NULL = new Scalar(new YamlNode.Place("", 0), "null", true);

  private final StringBuilder out = new StringBuilder();

  private YamlPrinter() {}

  static String print(Type type, Section root) {
    YamlPrinter printer = new YamlPrinter();
    printer.entries(type, root, 0);
    return printer.out.toString();
  }

  private void entries(Type type, Section section, int indent) {
    children(type, section)
        .forEach(
            (key, child) -> {
              out.append("  ".repeat(indent)).append(scalar(key, false)).append(':');
              value(child.type, child.node, indent);
            });
  }

  private record Child(Type type, YamlNode node) {}

  private static Map<String, Child> children(Type type, Section section) {
    Map<String, Child> children = new LinkedHashMap<>();
    Class<?> raw = Scalars.raw(type);
    Kinds kinds = Kinds.of(raw).orElse(null);
    if (kinds != null) {
      YamlNode tag = section.entries().get(kinds.key()).value();
      children.put(kinds.key(), new Child(String.class, tag));
      children.putAll(children(kinds.record(section), section));
    } else if (raw == Given.class) {
      section.entries().forEach((key, e) -> children.put(key, new Child(type, e.value())));
    } else if (raw.isRecord()) {
      for (RecordComponent component : raw.getRecordComponents()) {
        Entry entry = section.entries().get(component.getName());
        children.put(
            component.getName(),
            new Child(component.getGenericType(), entry == null ? NULL : entry.value()));
      }
    } else {
      Type element = argument(type, 1);
      section.entries().forEach((key, e) -> children.put(key, new Child(element, e.value())));
    }
    return children;
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  /** What stands behind a key's colon or an item's dash. */
  private void value(Type type, YamlNode node, int indent) {
    if (node instanceof Scalar scalar) {
      out.append(' ').append(scalar.isNull() ? "null" : scalar(scalar.text(), true)).append('\n');
    } else if (node instanceof Items items) {
      items(type == Given.class ? type : argument(type, 0), items, indent);
    } else if (children(type, (Section) node).isEmpty()) {
      out.append(" {}\n");
    } else {
      out.append('\n');
      entries(type, (Section) node, indent + 1);
    }
  }

  private void items(Type element, Items items, int indent) {
    if (items.items().isEmpty()) {
      out.append(" []\n");
      return;
    }
    out.append('\n');
    for (YamlNode item : items.items()) {
      out.append("  ".repeat(indent + 1)).append('-');
      value(element, item, indent + 1);
    }
  }

  /** Plain where nothing can be mistaken, else in double quotes. */
  private static String scalar(String text, boolean isValue) {
    if (SAFE.matcher(text).matches() && !(isValue && text.equals("null"))) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0xfeff) {
        quoted.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
