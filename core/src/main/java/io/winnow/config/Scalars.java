package io.winnow.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Scalars by the type that wants them: {@code no} is text for a String and an error elsewhere. */
final class Scalars {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(_\\d+)*\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
  private static final int MAX_EXPONENT_DIGITS = 400;

  private Scalars() {}

  static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
  }

  static boolean isScalar(Class<?> type) {
    return type == String.class
        || type == Path.class
        || type.isEnum()
        || isBoolean(type)
        || isWhole(type)
        || isReal(type)
        || parser(type) != null;
  }

  /**
   * A value of the type.
   *
   * @throws IllegalArgumentException saying what was written and what is expected
   */
  static Object parse(Class<?> type, String text) {
    if (type == String.class) {
      return text;
    }
    if (type == Path.class) {
      return path(text);
    }
    if (type.isEnum()) {
      return constant(type, text);
    }
    if (isBoolean(type)) {
      if (!text.equals("true") && !text.equals("false")) {
        throw wrong(text, type);
      }
      return Boolean.valueOf(text);
    }
    if (isWhole(type) || isReal(type)) {
      return number(type, text);
    }
    return parsed(type, text);
  }

  /** What a type expects, in words. */
  static String expected(Type type) {
    Class<?> raw = raw(type);
    if (raw.isEnum()) {
      return "one of " + String.join(", ", names(raw));
    }
    if (isBoolean(raw)) {
      return "true or false";
    }
    if (isWhole(raw)) {
      return "a whole number";
    }
    if (isReal(raw)) {
      return "a number";
    }
    if (raw == List.class) {
      return "a list, [a, b]";
    }
    if (raw == Path.class) {
      return "a path";
    }
    return raw == String.class ? "text" : "a section of keys with values";
  }

  private static Object number(Class<?> type, String text) {
    if (!NUMBER.matcher(text).matches() || text.length() > MAX_EXPONENT_DIGITS) {
      throw wrong(text, type);
    }
    String digits = text.replace("_", "");
    try {
      if (isReal(type)) {
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) {
          throw wrong(text, type);
        }
        return value;
      }
      BigDecimal exact = new BigDecimal(digits);
      if (exact.precision() - exact.scale() > Long.SIZE) {
        throw wrong(text, type);
      }
      return type == int.class || type == Integer.class
          ? (Object) exact.intValueExact()
          : (Object) exact.longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(text, type);
    }
  }

  private static Object constant(Class<?> type, String text) {
    Object[] constants = type.getEnumConstants();
    List<String> names = names(type);
    int index = names.indexOf(text);
    if (index < 0) {
      String hint =
          Suggestion.nearest(text, names).map(name -> " Did you mean " + name + "?").orElse("");
      throw new IllegalArgumentException(
          "\"" + text + "\"; expected one of " + String.join(", ", names) + "." + hint);
    }
    return constants[index];
  }

  /** Constants as they are written in YAML: {@code MODERATE_OFFICIAL} is moderate-official. */
  static List<String> names(Class<?> enumType) {
    List<String> names = new ArrayList<>();
    for (Object constant : enumType.getEnumConstants()) {
      names.add(((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    return names;
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (java.nio.file.InvalidPathException e) {
      throw new IllegalArgumentException("\"" + text + "\"; expected a path.", e);
    }
  }

  private static Object parsed(Class<?> type, String text) {
    try {
      return parser(type).invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(type + ".parse failed", e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(type + ".parse is not accessible", e);
    }
  }

  private static Method parser(Class<?> type) {
    try {
      Method parse = type.getDeclaredMethod("parse", String.class);
      parse.setAccessible(true);
      return Modifier.isStatic(parse.getModifiers()) && !type.isPrimitive() ? parse : null;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  private static IllegalArgumentException wrong(String text, Class<?> type) {
    return new IllegalArgumentException("\"" + text + "\"; expected " + expected(type) + ".");
  }

  private static boolean isBoolean(Class<?> type) {
    return type == boolean.class || type == Boolean.class;
  }

  private static boolean isWhole(Class<?> type) {
    return type == int.class || type == Integer.class || type == long.class || type == Long.class;
  }

  private static boolean isReal(Class<?> type) {
    return type == double.class || type == Double.class;
  }
}
