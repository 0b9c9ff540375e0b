package io.winnow.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads the literal dictionary of an npy header: strings, integers, True, False, None, tuples,
 * lists, dictionaries. Anything else is refused, nothing is evaluated.
 */
final class PythonLiteral {
  /** A Python tuple. */
  record Tuple(List<Object> items) {
    @Override
    public String toString() {
      return items.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }
  }

  private static final int DEEPEST = 16;

  private final String text;
  private final String where;
  private int at;

  PythonLiteral(String text, String where) {
    this.text = text;
    this.where = where;
  }

  /** The whole text as one dictionary with string keys. */
  Map<String, Object> dictionary() {
    Object value = value(0);
    skipSpace();
    if (at < text.length() || !(value instanceof Map<?, ?> map)) {
      throw refused();
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    map.forEach((key, item) -> fields.put(String.valueOf(key), item));
    return fields;
  }

  private Object value(int depth) {
    skipSpace();
    if (depth > DEEPEST || at >= text.length()) {
      throw refused();
    }
    char c = text.charAt(at);
    if (c == '{') {
      return map(depth);
    }
    if (c == '(') {
      return tuple(depth);
    }
    if (c == '[') {
      at++;
      return items(']', depth);
    }
    if (c == '\'' || c == '"') {
      return string(c);
    }
    if (c == '-' || Character.isDigit(c)) {
      return integer();
    }
    return word();
  }

  private Map<Object, Object> map(int depth) {
    at++;
    Map<Object, Object> map = new LinkedHashMap<>();
    while (!closes('}')) {
      Object key = value(depth + 1);
      expect(':');
      if (map.put(key, value(depth + 1)) != null) {
        throw refused();
      }
      if (!comma()) {
        expect('}');
        return map;
      }
    }
    return map;
  }

  private Object tuple(int depth) {
    at++;
    int before = at;
    List<Object> items = items(')', depth);
    boolean grouped =
        items.size() == 1 && !text.substring(before, at - 1).stripTrailing().endsWith(",");
    return grouped ? items.get(0) : new Tuple(items);
  }

  private List<Object> items(char end, int depth) {
    List<Object> items = new ArrayList<>();
    while (!closes(end)) {
      items.add(value(depth + 1));
      if (!comma()) {
        expect(end);
        return items;
      }
    }
    return items;
  }

  private String string(char quote) {
    int end = text.indexOf(quote, at + 1);
    if (end < 0 || text.substring(at, end).indexOf('\\') >= 0) {
      throw refused();
    }
    String value = text.substring(at + 1, end);
    at = end + 1;
    return value;
  }

  private Long integer() {
    int start = at;
    at++;
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    String digits = text.substring(start, at);
    if (at < text.length() && text.charAt(at) == 'L') {
      at++; // written by Python 2
    }
    try {
      return Long.valueOf(digits);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(where + ": the number " + digits + " overflows", e);
    }
  }

  private Object word() {
    int start = at;
    while (at < text.length() && Character.isLetter(text.charAt(at))) {
      at++;
    }
    return switch (text.substring(start, at)) {
      case "True" -> true;
      case "False" -> false;
      case "None" -> "None";
      default -> throw refused();
    };
  }

  private boolean closes(char end) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == end) {
      at++;
      return true;
    }
    return false;
  }

  private boolean comma() {
    skipSpace();
    if (at < text.length() && text.charAt(at) == ',') {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    skipSpace();
    if (at >= text.length() || text.charAt(at) != c) {
      throw refused();
    }
    at++;
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException refused() {
    String shown = text.strip();
    return new IllegalArgumentException(
        where
            + " is not a literal dictionary at character "
            + Math.min(at, text.length())
            + ": "
            + (shown.length() > 120 ? shown.substring(0, 120) + "..." : shown));
  }
}
