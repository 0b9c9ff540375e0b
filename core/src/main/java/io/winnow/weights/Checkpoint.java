package io.winnow.weights;

import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.ZipException;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Reads the weights of any file that the field uses, told apart by content: safetensors, a sharded
 * safetensors index, torch.save's zip and legacy forms, TorchScript archives. Pickles are read by
 * an allow-list that looks up no class and runs no code; TorchScript code is never looked at.
 *
 * <p>Tensors have memory of their own, are contiguous and keep the type of the file; they belong to
 * the caller's scope.
 */
public final class Checkpoint {
  /** Entries under which training scripts keep the weights, in the order of preference. */
  private static final List<String> WRAPPERS =
      List.of("state_dict", "model_state_dict", "model", "net");

  private Checkpoint() {}

  /**
   * Everything that a file holds.
   *
   * @param tensors by path: dictionary keys, list positions and attributes joined by dots
   * @param scalars numbers, text, booleans and null by path
   */
  public record Contents(Map<String, Tensor> tensors, Map<String, Object> scalars) {}

  /**
   * Reads a state dict. A dictionary around it ({@code state_dict}, {@code model_state_dict},
   * {@code model}, {@code net}) is taken off where the outer one holds no tensor itself, and so is
   * {@code module.} where every key begins so.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public static Map<String, Tensor> read(Path file) {
    return withoutModule(open(file, source -> source.tensors(wrapper(source))));
  }

  /**
   * Reads the state dict under one entry of the file, for example {@code ema}.
   *
   * @param entry path of the entry, dots between the levels
   */
  public static Map<String, Tensor> read(Path file, String entry) {
    return withoutModule(
        open(
            file,
            source -> {
              if (source.paths().stream().noneMatch(path -> path.startsWith(entry + "."))) {
                throw new IllegalArgumentException(
                    file + ": has no tensors under " + entry + ". It has " + outer(source));
              }
              return source.tensors(entry + ".");
            }));
  }

  /**
   * Copies a file into a network, strictly, as {@link StateDict#load} does, but one tensor after
   * the other: beside the network, memory is needed for the largest tensor alone (of a pickle, for
   * the whole file).
   *
   * @param into state-dict keys and live tensors
   * @param names the key in the network of a key in the file
   * @throws IllegalArgumentException as {@link StateDict#load}; the network is then as before
   */
  public static void load(
      Map<String, Tensor> into,
      Path file,
      UnaryOperator<String> names,
      StateDict.Ignore... ignored) {
    open(
        file,
        source -> {
          Map<String, String> paths = new LinkedHashMap<>(); // by key of the network
          keys(source, wrapper(source)).forEach((key, path) -> paths.put(names.apply(key), path));
          try (Scope scope = Scope.open()) {
            Map<String, Tensor> described = new LinkedHashMap<>();
            for (Map.Entry<String, String> entry : paths.entrySet()) {
              described.put(entry.getKey(), source.described(entry.getValue()));
            }
            StateDict.requireFit(into, described, file.toString(), ignored);
          }
          for (Map.Entry<String, Tensor> target : into.entrySet()) {
            String path = paths.get(target.getKey());
            try (Scope scope = Scope.open();
                NoGradGuard guard = new NoGradGuard()) {
              if (path != null) {
                target.getValue().copy_(source.tensor(path));
              }
            }
          }
          return null;
        });
  }

  /** Paths by key: without the dictionary around them, and without DataParallel's prefix. */
  private static Map<String, String> keys(TensorSource source, String wrapper) {
    List<String> paths = source.paths().stream().filter(p -> p.startsWith(wrapper)).toList();
    boolean wrapped =
        !paths.isEmpty()
            && paths.stream().allMatch(p -> p.startsWith(wrapper + KnownNetworks.MODULE));
    int skipped = wrapper.length() + (wrapped ? KnownNetworks.MODULE.length() : 0);
    Map<String, String> keys = new LinkedHashMap<>();
    paths.forEach(path -> keys.put(path.substring(skipped), path));
    return keys;
  }

  /** The file and, where it is an index, the shards that it names, ascending. */
  public static List<Path> files(Path file) {
    List<Path> files = new ArrayList<>(List.of(file));
    open(file, TensorSource::shards).forEach(name -> files.add(file.resolveSibling(name)));
    return files;
  }

  /** Reads every tensor and every plain value, under its full path. */
  public static Contents readAll(Path file) {
    return open(file, source -> new Contents(source.tensors(""), source.scalars()));
  }

  private static <T> T open(Path file, TensorSource.Use<T> use) {
    try {
      return WeightsFile.detect(file).open(file, use);
    } catch (EOFException | ZipException e) {
      throw new IllegalArgumentException(
          file + ": is damaged or cut short (" + e.getMessage() + "). Fetch it again.", e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private static String wrapper(TensorSource source) {
    List<String> outer = outer(source);
    for (String wrapper : WRAPPERS) {
      if (outer.contains(wrapper) && outer.stream().noneMatch(source.paths()::contains)) {
        return wrapper + ".";
      }
    }
    return "";
  }

  /** First parts of the paths. */
  private static List<String> outer(TensorSource source) {
    return source.paths().stream()
        .map(path -> path.contains(".") ? path.substring(0, path.indexOf('.')) : path)
        .distinct()
        .toList();
  }

  private static Map<String, Tensor> withoutModule(Map<String, Tensor> tensors) {
    if (tensors.isEmpty()
        || !tensors.keySet().stream().allMatch(key -> key.startsWith(KnownNetworks.MODULE))) {
      return tensors;
    }
    Map<String, Tensor> bare = new LinkedHashMap<>();
    for (String key : new ArrayList<>(tensors.keySet())) {
      bare.put(key.substring(KnownNetworks.MODULE.length()), tensors.get(key));
    }
    return bare;
  }
}
