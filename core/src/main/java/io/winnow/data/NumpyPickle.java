package io.winnow.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the pickles of CIFAR's python archives: dictionaries of strings, integers, lists and uint8
 * arrays of numpy. Nothing is executed: a name that is not on the list is refused, and the few that
 * are become plain data here.
 */
final class NumpyPickle {
  /** A uint8 array as stored, row-major. */
  @SuppressWarnings("ArrayRecordComponent")
  record Bytes(int[] shape, byte[] data) {}

  private record Name(String name) {}

  private static final class Array {
    private int[] shape = new int[0];
    private byte[] data = new byte[0];
  }

  private static final Object MARK = new Object();

  private static final String RECONSTRUCT = "_reconstruct";
  private static final Set<String> ALLOWED =
      Set.of(
          "numpy.core.multiarray._reconstruct",
          "numpy._core.multiarray._reconstruct",
          "numpy.ndarray",
          "numpy.dtype",
          "_codecs.encode");

  private final ByteBuffer in;
  private final Deque<Object> stack = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private NumpyPickle(byte[] pickle) {
    this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads one pickled dictionary. Keys become strings, arrays {@link Bytes}, integers {@link
   * Integer}.
   *
   * @throws IllegalArgumentException when the pickle is damaged or holds anything else
   */
  static Map<String, Object> read(byte[] pickle) {
    try {
      if (new NumpyPickle(pickle).run() instanceof Map<?, ?> map) {
        Map<String, Object> result = new LinkedHashMap<>();
        map.forEach((key, value) -> result.put(text(key), plain(value)));
        return result;
      }
      throw new IllegalArgumentException("the pickle holds no dictionary");
    } catch (java.nio.BufferUnderflowException
        | java.util.NoSuchElementException
        | ClassCastException
        | NegativeArraySizeException
        | NullPointerException e) {
      throw new IllegalArgumentException("the pickle is damaged or truncated", e);
    }
  }

  /** Text from a unicode or a byte string. */
  static String text(Object value) {
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : (String) value;
  }

  private static Object plain(Object value) {
    return value instanceof Array array ? new Bytes(array.shape, array.data) : value;
  }

  private Object run() {
    while (true) {
      int op = in.get() & 0xFF;
      if (op == '.') {
        return stack.pop();
      }
      if (!literal(op) && !container(op) && !reference(op)) {
        throw new IllegalArgumentException("the pickle uses opcode 0x%02x, refused".formatted(op));
      }
    }
  }

  private boolean literal(int op) {
    switch (op) {
      case 0x80 -> in.get(); // protocol number
      case 0x95 -> in.getLong(); // frame length
      case 'N' -> stack.push(Name.class);
      case 0x88 -> stack.push(1);
      case 0x89 -> stack.push(0);
      case 'K' -> stack.push(in.get() & 0xFF);
      case 'M' -> stack.push(in.getShort() & 0xFFFF);
      case 'J' -> stack.push(in.getInt());
      case 'U', 'C' -> stack.push(bytes(in.get() & 0xFF));
      case 'T', 'B' -> stack.push(bytes(in.getInt()));
      case 0x8E -> stack.push(bytes(Math.toIntExact(in.getLong())));
      case 'X' -> stack.push(text(bytes(in.getInt())));
      case 0x8C -> stack.push(text(bytes(in.get() & 0xFF)));
      default -> {
        return false;
      }
    }
    return true;
  }

  private byte[] bytes(int length) {
    if (length > in.remaining()) {
      throw new IllegalArgumentException("the pickle is truncated");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private boolean container(int op) {
    switch (op) {
      case '(' -> stack.push(MARK);
      case ')' -> stack.push(List.of());
      case ']' -> stack.push(new ArrayList<>());
      case '}' -> stack.push(new LinkedHashMap<>());
      case 't' -> stack.push(sinceMark());
      case 0x85 -> stack.push(top(1));
      case 0x86 -> stack.push(top(2));
      case 0x87 -> stack.push(top(3));
      case 'a' -> append(top(1));
      case 'e' -> append(sinceMark());
      case 's' -> put(top(2));
      case 'u' -> put(sinceMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private List<Object> sinceMark() {
    List<Object> items = new ArrayList<>();
    for (Object item = stack.pop(); item != MARK; item = stack.pop()) {
      items.add(item);
    }
    java.util.Collections.reverse(items);
    return items;
  }

  private List<Object> top(int count) {
    Object[] items = new Object[count];
    for (int i = count - 1; i >= 0; i--) {
      items[i] = stack.pop();
    }
    return new ArrayList<>(Arrays.asList(items));
  }

  @SuppressWarnings("unchecked")
  private void append(List<Object> items) {
    ((List<Object>) stack.peek()).addAll(items);
  }

  @SuppressWarnings("unchecked")
  private void put(List<Object> items) {
    Map<Object, Object> map = (Map<Object, Object>) stack.peek();
    for (int i = 0; i < items.size(); i += 2) {
      map.put(text(items.get(i)), items.get(i + 1));
    }
  }

  private boolean reference(int op) {
    switch (op) {
      case 'q' -> memo.put(in.get() & 0xFF, stack.peek());
      case 'r' -> memo.put(in.getInt(), stack.peek());
      case 0x94 -> memo.put(memo.size(), stack.peek());
      case 'h' -> stack.push(memo.get(in.get() & 0xFF));
      case 'j' -> stack.push(memo.get(in.getInt()));
      case 'c' -> stack.push(name(line(), line()));
      case 0x93 -> {
        List<Object> parts = top(2);
        stack.push(name(text(parts.get(0)), text(parts.get(1))));
      }
      case 'R' -> {
        List<Object> call = top(2);
        stack.push(made((Name) call.get(0), (List<?>) call.get(1)));
      }
      case 'b' -> {
        List<?> state = (List<?>) stack.pop();
        if (stack.peek() instanceof Array array) {
          fill(array, state);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private String line() {
    StringBuilder text = new StringBuilder();
    for (char c = (char) in.get(); c != '\n'; c = (char) in.get()) {
      text.append(c);
    }
    return text.toString();
  }

  private static Name name(String module, String name) {
    String full = module + "." + name;
    if (!ALLOWED.contains(full)) {
      throw new IllegalArgumentException(
          "the pickle asks for " + full + ", which a CIFAR archive does not hold; refused");
    }
    return new Name(name);
  }

  private static Object made(Name callee, List<?> arguments) {
    return switch (callee.name()) {
      case RECONSTRUCT -> new Array();
      case "encode" -> text(arguments.get(0)).getBytes(StandardCharsets.ISO_8859_1);
      case "dtype" -> {
        String type = text(arguments.get(0));
        if (!type.equals("u1")) {
          throw new IllegalArgumentException(
              "the pickle holds an array of dtype " + type + ", expected uint8 (u1)");
        }
        yield callee;
      }
      default ->
          throw new IllegalArgumentException("the pickle calls " + callee.name() + "; refused");
    };
  }

  /** State of an array: version, shape, dtype, whether in Fortran order, content. */
  private static void fill(Array array, List<?> state) {
    if (((Integer) state.get(3)) != 0) {
      throw new IllegalArgumentException("the pickle holds an array in Fortran order; refused");
    }
    array.shape = ((List<?>) state.get(1)).stream().mapToInt(n -> (Integer) n).toArray();
    array.data = (byte[]) state.get(4);
  }
}
