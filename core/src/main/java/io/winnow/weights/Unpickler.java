package io.winnow.weights;

import io.winnow.weights.Pickled.Global;
import io.winnow.weights.Pickled.Inert;
import io.winnow.weights.Pickled.Kind;
import io.winnow.weights.Pickled.Storage;
import io.winnow.weights.Pickled.Tuple;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads pickles of protocols 2 to 5 by an allow-list: opcodes of the binary protocols, and globals
 * of {@link PickleGlobals}. The result is made of {@link Pickled} values; no class is looked up and
 * no code runs. Source of the opcodes: CPython {@code Lib/pickletools.py}.
 */
final class Unpickler {
  /** A hundred times what a checkpoint of ten thousand tensors with optimiser state needs. */
  private static final long MOST_OPERATIONS = 50_000_000;

  private final boolean script;
  private final Map<String, Storage> storages = new LinkedHashMap<>();

  private PickleInput in;
  private List<Object> stack;
  private List<Integer> marks;
  private Map<Long, Object> memo;

  Unpickler(boolean script) {
    this.script = script;
  }

  /** Every storage mentioned so far, by key; of a storage with views, the root. */
  Map<String, Storage> storages() {
    return storages;
  }

  /** Reads one pickle up to its STOP. */
  Object load(PickleInput input) throws IOException {
    in = input;
    stack = new ArrayList<>();
    marks = new ArrayList<>();
    memo = new HashMap<>();
    try {
      for (long i = 0; i < MOST_OPERATIONS; i++) {
        int opcode = in.unsigned();
        if (opcode == '.') {
          return pop();
        }
        execute(opcode);
      }
    } catch (EOFException e) {
      throw new IllegalArgumentException(in.where() + ": " + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(in.where() + ": a size or an offset overflows", e);
    }
    throw in.refused("more than " + MOST_OPERATIONS + " operations");
  }

  private void execute(int opcode) throws IOException {
    if (!scalar(opcode) && !container(opcode) && !memory(opcode)) {
      switch (opcode) {
        case 'c' -> stack.add(PickleGlobals.find(in.line(), in.line(), script, in.where()));
        case 0x93 -> {
          String name = pop(String.class, "a name");
          stack.add(PickleGlobals.find(pop(String.class, "a module"), name, script, in.where()));
        }
        case 'R' -> {
          List<Object> args = pop(Tuple.class, "arguments").items();
          stack.add(call(pop(Global.class, "a function"), args));
        }
        case 0x81 -> {
          pop(Tuple.class, "arguments");
          stack.add(instance(pop(Global.class, "a class")));
        }
        case 0x92 -> {
          pop();
          pop(Tuple.class, "arguments");
          stack.add(instance(pop(Global.class, "a class")));
        }
        case 'b' -> build(pop(), peek());
        case 'Q' -> stack.add(storage(pop(Tuple.class, "a persistent id").items()));
        default ->
            throw in.refused(
                "the opcode 0x" + Integer.toHexString(opcode) + ", unknown to protocols 2 to 5,");
      }
    }
  }

  private boolean scalar(int opcode) throws IOException {
    switch (opcode) {
      case 'N' -> stack.add(null);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'J' -> stack.add((long) (int) in.integer(4));
      case 'K' -> stack.add(in.integer(1));
      case 'M' -> stack.add(in.integer(2));
      case 0x8a -> stack.add(in.longInteger(in.integer(1)));
      case 0x8b -> stack.add(in.longInteger(in.integer(4)));
      case 'G' -> stack.add(in.bigEndianDouble());
      case 'X' -> stack.add(in.utf8(in.integer(4)));
      case 0x8c -> stack.add(in.utf8(in.integer(1)));
      case 0x8d -> stack.add(in.utf8(in.integer(8)));
      case 'U' -> stack.add(in.utf8(in.integer(1)));
      case 'T' -> stack.add(in.utf8(in.integer(4)));
      case 'B' -> stack.add(in.bytes(in.integer(4)));
      case 'C' -> stack.add(in.bytes(in.integer(1)));
      case 0x8e, 0x96 -> stack.add(in.bytes(in.integer(8)));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case '(' -> marks.add(stack.size());
      case '}' -> stack.add(new LinkedHashMap<>());
      case ']', 0x8f -> stack.add(new ArrayList<>());
      case ')' -> stack.add(new Tuple(List.of()));
      case 't' -> stack.add(new Tuple(popMarked()));
      case 0x85 -> stack.add(new Tuple(popLast(1)));
      case 0x86 -> stack.add(new Tuple(popLast(2)));
      case 0x87 -> stack.add(new Tuple(popLast(3)));
      case 'l', 0x91 -> stack.add(popMarked());
      case 'd' -> {
        List<Object> items = popMarked();
        stack.add(new LinkedHashMap<>());
        putAll(items);
      }
      case 's' -> putAll(popLast(2));
      case 'u' -> putAll(popMarked());
      case 'a' -> addAll(popLast(1));
      case 'e', 0x90 -> addAll(popMarked());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean memory(int opcode) throws IOException {
    switch (opcode) {
      case 0x80 -> {
        int protocol = in.unsigned();
        if (protocol < 2 || protocol > 5) {
          throw in.refused("protocol " + protocol + " (2 to 5 are known)");
        }
      }
      case 0x95 -> in.integer(8);
      case '0' -> pop();
      case '1' -> popMarked();
      case 'q' -> memo.put(in.integer(1), peek());
      case 'r' -> memo.put(in.integer(4), peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> recall(in.integer(1));
      case 'j' -> recall(in.integer(4));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void recall(long index) {
    if (!memo.containsKey(index)) {
      throw in.refused("a reference to memo entry " + index + ", which does not exist,");
    }
    stack.add(memo.get(index));
  }

  private Object call(Global function, List<Object> args) {
    PickledTensors tensors = new PickledTensors(in);
    return switch (function.kind()) {
      case TENSOR_V2 -> tensors.version2(args);
      case TENSOR_V3 -> tensors.version3(args);
      case PARAMETER, IDENTITY -> first(function, args);
      case TYPED_TENSOR -> {
        if (args.size() < 3
            || !(args.get(0) instanceof Global inner)
            || inner.kind() == Kind.TYPED_TENSOR
            || !(args.get(2) instanceof Tuple innerArgs)) {
          throw in.refused("other arguments of " + function + " than a function and its own");
        }
        yield call(inner, innerArgs.items());
      }
      case ORDERED_DICT -> orderedDict(args);
      case SEQUENCE ->
          first(function, args) instanceof List<?> list ? new Tuple(copy(list)) : args.get(0);
      case ENCODE -> first(function, args);
      case INERT -> new Inert(function);
      default -> throw in.refused("a call of " + function);
    };
  }

  private Object first(Global function, List<Object> args) {
    if (args.isEmpty()) {
      throw in.refused("a call of " + function + " without arguments");
    }
    return args.get(0);
  }

  private static List<Object> copy(List<?> list) {
    return new ArrayList<>(list);
  }

  private Object orderedDict(List<Object> args) {
    stack.add(new LinkedHashMap<>());
    if (!args.isEmpty() && args.get(0) instanceof List<?> pairs) {
      for (Object pair : pairs) {
        List<?> two =
            pair instanceof Tuple tuple
                ? tuple.items()
                : pair instanceof List<?> list ? list : List.of();
        if (two.size() != 2) {
          throw in.refused("an OrderedDict of something else than pairs");
        }
        putAll(copy(two));
      }
    }
    return pop();
  }

  private Object instance(Global type) {
    if (type.kind() == Kind.ORDERED_DICT) {
      return new LinkedHashMap<>();
    }
    if (type.kind() != Kind.SCRIPT_CLASS && type.kind() != Kind.INERT) {
      throw in.refused("an instance of " + type);
    }
    return new Inert(type);
  }

  /**
   * State goes into inert objects; that of an OrderedDict ({@code _metadata}) is no entry of it.
   */
  private void build(Object state, Object target) {
    if (target instanceof Inert inert) {
      if (state instanceof Map<?, ?> attributes) {
        inert.attributes().putAll(attributes);
      }
    } else if (!(target instanceof Map) || !(state instanceof Map)) {
      throw in.refused("a BUILD of something that has no state");
    }
  }

  private Storage storage(List<Object> id) {
    if (id.size() < 5
        || !"storage".equals(id.get(0))
        || !(id.get(1) instanceof Global type)
        || type.kind() != Kind.STORAGE
        || !(id.get(2) instanceof String key)
        || !(id.get(4) instanceof Long elements)
        || elements < 0) {
      throw in.refused("a persistent id that is no storage");
    }
    Storage root = new Storage(key, type.type(), 0, elements);
    Math.multiplyExact(elements, root.elementSize());
    storages.putIfAbsent(key, root);
    if (id.size() < 6 || id.get(5) == null) {
      return root;
    }
    if (!(id.get(5) instanceof Tuple view)
        || view.items().size() != 3
        || !(view.items().get(1) instanceof Long first)
        || !(view.items().get(2) instanceof Long length)
        || first < 0
        || length < 0
        || Math.addExact(first, length) > elements) {
      throw in.refused("a storage view outside of its storage");
    }
    return new Storage(key, type.type(), first, length);
  }

  private void putAll(List<Object> items) {
    if (!(peek() instanceof LinkedHashMap<?, ?>) || items.size() % 2 != 0) {
      throw in.refused("items set on something that is no dictionary");
    }
    @SuppressWarnings("unchecked")
    Map<Object, Object> map = (Map<Object, Object>) peek();
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      boolean plain =
          isPlain(key)
              || (key instanceof Tuple tuple
                  && tuple.items().stream().allMatch(Unpickler::isPlain));
      if (!plain) {
        throw in.refused("a dictionary key that is neither text nor a number");
      }
      map.put(key, items.get(i + 1));
    }
  }

  private static boolean isPlain(Object value) {
    return value == null
        || value instanceof String
        || value instanceof Number
        || value instanceof Boolean;
  }

  private void addAll(List<Object> items) {
    if (!(peek() instanceof ArrayList<?>)) {
      throw in.refused("items added to something that is no list");
    }
    @SuppressWarnings("unchecked")
    List<Object> list = (List<Object>) peek();
    list.addAll(items);
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object peek() {
    if (stack.size() <= floor()) {
      throw in.refused("an operation on an empty stack");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object top = peek();
    stack.remove(stack.size() - 1);
    return top;
  }

  private <T> T pop(Class<T> type, String what) {
    Object top = pop();
    if (!type.isInstance(top)) {
      throw in.refused("something else where " + what + " belongs");
    }
    return type.cast(top);
  }

  private List<Object> popLast(int count) {
    if (stack.size() - floor() < count) {
      throw in.refused("an operation on too short a stack");
    }
    return popFrom(stack.size() - count);
  }

  private List<Object> popMarked() {
    if (marks.isEmpty()) {
      throw in.refused("an end without a mark");
    }
    return popFrom(marks.remove(marks.size() - 1));
  }

  private List<Object> popFrom(int start) {
    List<Object> top = stack.subList(start, stack.size());
    List<Object> items = new ArrayList<>(top);
    top.clear();
    return items;
  }
}
