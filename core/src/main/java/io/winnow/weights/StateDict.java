package io.winnow.weights;

import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Loads named tensors into a network. Strict: a key too many, a key too few or another shape is an
 * error that lists all of them, and then nothing has been changed. Silent partial loading is the
 * most expensive bug of the field.
 */
public final class StateDict {
  /** A list of keys longer than this stands on lines of its own. */
  private static final int IN_LINE = 6;

  private StateDict() {}

  /** Keys that may be absent from the file, or present without a use. */
  @FunctionalInterface
  public interface Ignore {
    boolean test(String key);

    /** Keys that end so, for example {@code "num_batches_tracked"}. */
    static Ignore ending(String suffix) {
      return key -> key.endsWith(suffix);
    }

    /** Keys that begin so, for example {@code "AuxLogits."}. */
    static Ignore beginning(String prefix) {
      return key -> key.startsWith(prefix);
    }

    /** Exactly these keys. */
    static Ignore keys(String... keys) {
      return List.of(keys)::contains;
    }
  }

  /**
   * What did not fit.
   *
   * @param missing keys of the network that the file lacks
   * @param unexpected keys of the file that the network lacks
   * @param misfits tensors of another shape or kind, each in words
   */
  public record Mismatch(List<String> missing, List<String> unexpected, List<String> misfits) {
    public Mismatch {
      missing = List.copyOf(missing);
      unexpected = List.copyOf(unexpected);
      misfits = List.copyOf(misfits);
    }

    boolean isEmpty() {
      return missing.isEmpty() && unexpected.isEmpty() && misfits.isEmpty();
    }
  }

  /**
   * Copies every tensor of {@code from} into the tensor of the same name; floats of any width are
   * converted to the network's.
   *
   * @param where the file, for the message
   * @throws IllegalArgumentException listing every missing, unexpected and mis-shaped key, and what
   *     the file looks like; the network is then as before
   */
  public static void load(
      Map<String, Tensor> into, Map<String, Tensor> from, String where, Ignore... ignored) {
    requireFit(into, from, where, ignored);
    copy(into, from, key -> misfit(key, into.get(key), from.get(key)) == null);
  }

  /** The check of {@link #load} alone; of {@code from}, names, types and shapes count. */
  static void requireFit(
      Map<String, Tensor> into, Map<String, Tensor> from, String where, Ignore... ignored) {
    Mismatch mismatch = compare(into, from, ignored);
    if (!mismatch.isEmpty()) {
      throw new IllegalArgumentException(describe(mismatch, from, where));
    }
  }

  /** Copies what fits, leaves the rest as it was, and says what did not fit. */
  public static Mismatch loadTolerant(Map<String, Tensor> into, Map<String, Tensor> from) {
    Mismatch mismatch = compare(into, from);
    copy(into, from, key -> misfit(key, into.get(key), from.get(key)) == null);
    return mismatch;
  }

  private static Mismatch compare(
      Map<String, Tensor> into, Map<String, Tensor> from, Ignore... ignored) {
    Predicate<String> counts = key -> Arrays.stream(ignored).noneMatch(i -> i.test(key));
    List<String> misfits = new ArrayList<>();
    into.forEach(
        (key, target) -> {
          String misfit = from.containsKey(key) ? misfit(key, target, from.get(key)) : null;
          if (misfit != null && counts.test(key)) {
            misfits.add(misfit);
          }
        });
    return new Mismatch(
        into.keySet().stream().filter(k -> !from.containsKey(k)).filter(counts).toList(),
        from.keySet().stream().filter(k -> !into.containsKey(k)).filter(counts).toList(),
        misfits);
  }

  private static String misfit(String key, Tensor target, Tensor source) {
    if (!Arrays.equals(target.shape(), source.shape())) {
      return key
          + " "
          + Arrays.toString(source.shape())
          + ", expected "
          + Arrays.toString(target.shape());
    }
    ElementType ours = ElementType.of(target);
    ElementType theirs = ElementType.of(source);
    boolean convertible = ours == theirs || ours.isFloat() == theirs.isFloat();
    return convertible ? null : key + " of " + theirs + ", expected " + ours;
  }

  private static void copy(
      Map<String, Tensor> into, Map<String, Tensor> from, Predicate<String> wanted) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      into.forEach(
          (key, target) -> {
            Tensor source = from.get(key);
            if (source != null && wanted.test(key)) {
              target.copy_(source);
            }
          });
    }
  }

  private static String describe(Mismatch mismatch, Map<String, Tensor> from, String where) {
    List<String> counts = new ArrayList<>();
    StringBuilder lists = new StringBuilder();
    add("missing", mismatch.missing(), counts, lists);
    add("unexpected", mismatch.unexpected(), counts, lists);
    add("of another shape", mismatch.misfits(), counts, lists);
    String looks = KnownNetworks.guess(from).map(n -> " The file looks like " + n + ".").orElse("");
    return where
        + ": does not fit the network: "
        + String.join(", ", counts)
        + "."
        + looks
        + advice(mismatch)
        + lists;
  }

  private static void add(
      String what, List<String> keys, List<String> counts, StringBuilder lists) {
    if (keys.isEmpty()) {
      return;
    }
    String count = keys.size() + (keys.size() == 1 ? " key " : " keys ") + what;
    String all = String.join(keys.get(0).contains(" ") ? "; " : ", ", keys);
    if (keys.size() <= IN_LINE) {
      counts.add(count + " (" + all + ")");
    } else {
      counts.add(count);
      lists.append("\n  ").append(what).append(": ").append(all);
    }
  }

  private static String advice(Mismatch mismatch) {
    List<String> unexpected = mismatch.unexpected();
    if (mismatch.missing().isEmpty() || unexpected.isEmpty()) {
      return "";
    }
    for (String prefix : List.of(KnownNetworks.MODULE, "model.", "net.", "_orig_mod.", "visual.")) {
      if (mismatch.missing().stream().allMatch(key -> unexpected.contains(prefix + key))) {
        return " The file seems saved from a wrapped model; strip \"" + prefix + "\".";
      }
    }
    for (String wrapper : List.of("state_dict.", "model.", "ema.")) {
      if (unexpected.stream().anyMatch(key -> key.startsWith(wrapper))) {
        return " The weights seem to be below \"" + wrapper + "\".";
      }
    }
    return "";
  }
}
