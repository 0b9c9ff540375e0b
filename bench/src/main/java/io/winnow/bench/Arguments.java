package io.winnow.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** Command-line options of the form {@code --name value}. */
final class Arguments {
  private final Map<String, String> values = new HashMap<>();

  Arguments(String[] args, Set<String> known) {
    for (int i = 0; i < args.length; i += 2) {
      String name = args[i].startsWith("--") ? args[i].substring(2) : args[i];
      if (!known.contains(name) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            args[i] + ": unknown option or no value; expected --NAME VALUE, NAME one of " + known);
      }
      values.put(name, args[i + 1]);
    }
  }

  int number(String name, int otherwise) {
    return Integer.parseInt(values.getOrDefault(name, Integer.toString(otherwise)));
  }

  double real(String name, double otherwise) {
    return Double.parseDouble(values.getOrDefault(name, Double.toString(otherwise)));
  }

  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  /** Wall clock, or {@code --clock cpu}: processor time, for machines that are shared. */
  LongSupplier clock() {
    return text("clock", "wall").equals("cpu") ? Line::processorNanos : System::nanoTime;
  }
}
