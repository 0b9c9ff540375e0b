package io.winnow.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A configuration file of diffusers, key by key: an absent key takes its default, a value of the
 * wrong kind is a problem, all problems are reported together. Keys nobody asked for are only
 * warned about, as the peer does.
 */
public final class DiffusersJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final System.Logger LOG = System.getLogger(DiffusersJson.class.getName());

  private final String where;
  private final JsonNode json;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> known = new LinkedHashSet<>();

  /** Reads an object that is already parsed; {@code where} names it in messages. */
  public DiffusersJson(String where, JsonNode json) {
    this.where = where;
    this.json = json;
    if (!json.isObject()) {
      throw new IllegalArgumentException(where + ": not a JSON object, expected keys and values");
    }
  }

  /** Parses a file. */
  public static DiffusersJson read(Path file) {
    try {
      return new DiffusersJson(file.toString(), JSON.readTree(file.toFile()));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": not JSON (" + e.getOriginalMessage() + "). Is the file complete?", e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Pretty JSON text with a final newline, as {@code save_pretrained} writes it. */
  public static String text(JsonNode json) {
    return json.toPrettyString() + "\n";
  }

  public int integer(String key, int absent) {
    return value(key, absent, n -> n.isIntegralNumber() && n.canConvertToInt(), JsonNode::intValue);
  }

  /** An integer, or null when the file says null or nothing. */
  public Integer integerOrNull(String key) {
    return isNull(key) ? null : (Integer) integer(key, 0);
  }

  public double number(String key, double absent) {
    return value(key, absent, JsonNode::isNumber, JsonNode::doubleValue);
  }

  public boolean flag(String key, boolean absent) {
    return value(key, absent, JsonNode::isBoolean, JsonNode::booleanValue);
  }

  public String text(String key, String absent) {
    return value(key, absent, JsonNode::isTextual, JsonNode::textValue);
  }

  public List<String> texts(String key, List<String> absent) {
    return value(key, absent, n -> all(n, JsonNode::isTextual), n -> list(n, JsonNode::textValue));
  }

  public List<Integer> integers(String key, List<Integer> absent) {
    return value(
        key, absent, n -> all(n, JsonNode::isIntegralNumber), n -> list(n, JsonNode::intValue));
  }

  public List<Double> numbers(String key, List<Double> absent) {
    return value(key, absent, n -> all(n, JsonNode::isNumber), n -> list(n, JsonNode::doubleValue));
  }

  /** Whether the file says null or nothing. */
  public boolean isNull(String key) {
    known.add(key);
    return json.path(key).isNull() || json.path(key).isMissingNode();
  }

  /** Whether the file has the key, with null or a value. */
  public boolean has(String key) {
    return json.has(key);
  }

  /** Whether the value is a list; false for an absent key. */
  public boolean isList(String key) {
    return json.path(key).isArray();
  }

  /** Refuses every value but one of those given (which are texts, numbers, booleans or null). */
  public void only(String key, Object absent, Object... supported) {
    known.add(key);
    JsonNode found = json.has(key) ? json.get(key) : JSON.valueToTree(absent);
    for (Object value : supported) {
      JsonNode wanted = JSON.valueToTree(value);
      boolean sameNumber =
          found.isNumber() && wanted.isNumber() && found.doubleValue() == wanted.doubleValue();
      if (sameNumber || found.equals(wanted)) {
        return;
      }
    }
    problem(key + ": " + found + " is not supported; expected " + words(supported));
  }

  /** Accepts any value, or none, of a key that changes nothing here. */
  public void ignore(String... keys) {
    known.addAll(List.of(keys));
  }

  public void problem(String text) {
    problems.add(where + " " + text);
  }

  /**
   * Ends the reading.
   *
   * @throws IllegalArgumentException with every problem, one per line
   */
  public void finish() {
    throwProblems();
    json.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key) && !key.startsWith("_")) {
                LOG.log(System.Logger.Level.WARNING, "{0} {1}: unknown key, ignored", where, key);
              }
            });
  }

  /** Throws what has been found so far, before values are combined that need each other. */
  public void throwProblems() {
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  private <T> T value(
      String key, T absent, java.util.function.Predicate<JsonNode> fits, Function<JsonNode, T> of) {
    known.add(key);
    if (!json.has(key)) {
      return absent;
    }
    JsonNode found = json.get(key);
    if (fits.test(found)) {
      return of.apply(found);
    }
    problem(key + ": " + found + " does not fit; expected a value like " + absent);
    return absent;
  }

  private static boolean all(JsonNode list, java.util.function.Predicate<JsonNode> fits) {
    boolean good = list.isArray();
    for (JsonNode item : list) {
      good &= fits.test(item);
    }
    return good;
  }

  private static <T> List<T> list(JsonNode array, Function<JsonNode, T> of) {
    List<T> items = new ArrayList<>();
    array.forEach(item -> items.add(of.apply(item)));
    return List.copyOf(items);
  }

  private static String words(Object[] supported) {
    List<String> words = new ArrayList<>();
    for (Object value : supported) {
      words.add(JSON.valueToTree(value).toString());
    }
    return String.join(" or ", words);
  }
}
