package io.winnow.artifact;

import io.winnow.files.AtomicFolder;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npy;
import io.winnow.weights.NpyRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * States of texts, each encoded once: a folder of {@code prompts.json} and {@code states-00000.npy}
 * and on. They are read where they lie, so that memory does not grow with their number. Several
 * threads may share one.
 */
public final class TextStates implements AutoCloseable {
  private static final String INDEX = "prompts.json";

  /** Texts of a file: 58 MiB at 77 tokens of 768 values. */
  static final int SHARD_TEXTS = 256;

  private final Index index;
  private final List<NpyRows.Reader> shards;
  private final Map<String, Integer> places = new HashMap<>();

  /**
   * What the files hold.
   *
   * @param encoder hash of text encoder and tokenizer
   * @param tokens N, of every text
   * @param width E, of a token's state
   * @param truncated how many of the prompts were too long and were cut
   * @param prompts the empty one first, each once
   */
  public record Index(String encoder, int tokens, int width, int truncated, List<String> prompts) {
    public Index {
      prompts = List.copyOf(prompts);
      if (prompts.isEmpty() || !prompts.get(0).isEmpty()) {
        throw new IllegalArgumentException(
            "text states: the first prompt is not the empty one; expected it, for guidance");
      }
    }

    /** What to encode for these texts. */
    public static Index of(
        String encoder,
        int tokens,
        int width,
        List<String> texts,
        Function<List<String>, Integer> truncated) {
      Map<String, Integer> distinct = new LinkedHashMap<>(Map.of("", 0));
      texts.forEach(text -> distinct.putIfAbsent(text, distinct.size()));
      List<String> prompts = List.copyOf(distinct.keySet());
      return new Index(encoder, tokens, width, truncated.apply(prompts), prompts);
    }

    private int shardCount() {
      return (prompts.size() + SHARD_TEXTS - 1) / SHARD_TEXTS;
    }

    private List<String> shard(int number) {
      int from = number * SHARD_TEXTS;
      return prompts.subList(from, Math.min(prompts.size(), from + SHARD_TEXTS));
    }
  }

  private TextStates(Index index, List<NpyRows.Reader> shards) {
    this.index = index;
    this.shards = shards;
    for (String prompt : index.prompts()) {
      places.put(prompt, places.size());
    }
  }

  /**
   * Encodes what is missing in a folder; what is there of other texts, or of another encoder, is
   * removed.
   *
   * @param encode the states of texts, [n, N, E], float32, wherever they are
   * @throws Interrupted after a whole file, when {@code stop} says so; the same call goes on
   */
  public static void write(
      Path folder,
      Index index,
      Function<List<String>, Tensor> encode,
      Progress listener,
      BooleanSupplier stop) {
    if (!Files.exists(folder.resolve(INDEX))
        || !Json.read(folder.resolve(INDEX), Index.class).equals(index)) {
      remove(folder);
      Json.write(folder.resolve(INDEX), index);
    }
    listener.begin("texts", "texts", index.prompts().size(), 0);
    try {
      for (int number = 0; number < index.shardCount(); number++) {
        if (!Files.exists(shard(folder, number))) {
          if (stop.getAsBoolean()) {
            throw new Interrupted("texts");
          }
          write(shard(folder, number), index, index.shard(number), encode);
        }
        listener.step(Math.min(index.prompts().size(), (number + 1) * SHARD_TEXTS), "");
      }
    } finally {
      listener.end();
    }
  }

  private static void write(
      Path file, Index index, List<String> texts, Function<List<String>, Tensor> encode) {
    try (Scope scope = Scope.open()) {
      Tensor states = encode.apply(texts).cpu(); // [n, N, E]
      Npy.write(file, states.reshape(texts.size(), (long) index.tokens() * index.width()));
    }
  }

  private static void remove(Path folder) {
    try {
      AtomicFolder.delete(folder);
    } catch (IOException e) {
      throw FileFailure.unreadable(folder, e);
    }
  }

  private static Path shard(Path folder, int number) {
    return folder.resolve(String.format(Locale.ROOT, "states-%05d.npy", number));
  }

  /**
   * Opens a folder that {@link #write} has filled; the caller closes it.
   *
   * @throws IllegalArgumentException when a file is not whole
   */
  public static TextStates open(Path folder) {
    Index index = Json.read(folder.resolve(INDEX), Index.class);
    List<NpyRows.Reader> shards = new ArrayList<>();
    TextStates states = new TextStates(index, shards);
    try {
      for (int number = 0; number < index.shardCount(); number++) {
        NpyRows.Reader shard = NpyRows.open(shard(folder, number));
        shards.add(shard);
        int texts = index.shard(number).size();
        if (shard.rows() != texts || shard.dimension() != index.tokens() * index.width()) {
          throw new IllegalArgumentException(
              "%s: %d x %d values; expected %d x %d. Delete its folder, and it is made anew."
                  .formatted(
                      shard(folder, number),
                      shard.rows(),
                      shard.dimension(),
                      texts,
                      index.tokens() * index.width()));
        }
      }
      return states;
    } catch (RuntimeException e) {
      states.close();
      throw e;
    }
  }

  public Index index() {
    return index;
  }

  /**
   * Where a text's states stand.
   *
   * @throws IllegalArgumentException when it was not encoded
   */
  public int place(String text) {
    Integer place = places.get(text);
    if (place == null) {
      throw new IllegalArgumentException(
          "text states: \"" + text + "\" is not among the " + places.size() + " encoded texts");
    }
    return place;
  }

  /**
   * States by their places.
   *
   * @param at of {@link #place}; 0 for the empty text, [B]
   * @return [B, N, E], float32, CPU; belongs to the caller's scope
   */
  public Tensor gather(int... at) {
    Tensor states =
        torch.empty(
            new long[] {at.length, (long) index.tokens() * index.width()},
            new TensorOptions(torch.ScalarType.Float),
            null);
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < at.length; i++) {
        NpyRows.Reader shard = shards.get(at[i] / SHARD_TEXTS);
        states.select(0, i).copy_(shard.block(at[i] % SHARD_TEXTS, 1).select(0, 0));
      }
    }
    return states.view(at.length, index.tokens(), index.width());
  }

  @Override
  public void close() {
    shards.forEach(NpyRows.Reader::close);
  }
}
