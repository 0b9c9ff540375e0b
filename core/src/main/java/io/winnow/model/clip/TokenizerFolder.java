package io.winnow.model.clip;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folder of a tokenizer: {@code vocab.json} and {@code merges.txt}, or the {@code
 * tokenizer.json} of newer files alone. Written as the first two, which every version of
 * transformers opens.
 */
public final class TokenizerFolder {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String VOCABULARY = "vocab.json";
  private static final String MERGES = "merges.txt";
  private static final String FAST = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL = "special_tokens_map.json";
  private static final String PADDING = "pad_token";
  private static final String LENGTH = "model_max_length";
  private static final String VERSION = "#version";

  private TokenizerFolder() {}

  /**
   * Reads a tokenizer.
   *
   * @throws IllegalArgumentException naming the file that is missing, or what is wrong with it
   */
  public static ClipTokenizer read(Path folder) {
    boolean plain =
        Files.exists(folder.resolve(VOCABULARY)) && Files.exists(folder.resolve(MERGES));
    if (!plain && !Files.exists(folder.resolve(FAST))) {
      throw new IllegalArgumentException(
          folder
              + ": neither vocab.json with merges.txt nor tokenizer.json; expected the folder of a"
              + " CLIP tokenizer");
    }
    JsonNode fast = plain ? null : json(folder.resolve(FAST)).path("model");
    JsonNode config = optional(folder.resolve(CONFIG));
    JsonNode padding = config.path(PADDING);
    if (padding.isMissingNode()) {
      padding = optional(folder.resolve(SPECIAL)).path(PADDING);
    }
    if (padding.isObject()) {
      padding = padding.path("content");
    }
    return new ClipTokenizer(
        folder.toString(),
        vocabulary(plain ? json(folder.resolve(VOCABULARY)) : fast.path("vocab"), folder),
        plain ? merges(folder.resolve(MERGES)) : merges(fast.path("merges"), folder),
        padding.asText(ClipTokenizer.END),
        config.path(LENGTH).asInt(ClipTokenizer.LENGTH));
  }

  private static Map<String, Integer> vocabulary(JsonNode json, Path folder) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      if (!entry.getValue().canConvertToInt() || entry.getValue().intValue() < 0) {
        throw new IllegalArgumentException(
            folder
                + ": the id of token "
                + entry.getKey()
                + " is "
                + entry.getValue()
                + "; expected a whole number from 0");
      }
      vocabulary.put(entry.getKey(), entry.getValue().intValue());
    }
    return vocabulary;
  }

  /** A first line that names the version, then one pair per line. */
  private static List<BytePairs.Pair> merges(Path file) {
    List<BytePairs.Pair> merges = new ArrayList<>();
    try {
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).isEmpty() && !(i == 0 && lines.get(i).startsWith(VERSION))) {
          merges.add(pair(lines.get(i), file + ":" + (i + 1)));
        }
      }
      return merges;
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Pairs as lists of two or, in files of older versions, as text. */
  private static List<BytePairs.Pair> merges(JsonNode list, Path folder) {
    List<BytePairs.Pair> merges = new ArrayList<>();
    for (JsonNode item : list) {
      merges.add(
          item.isArray() && item.size() == 2
              ? new BytePairs.Pair(item.get(0).asText(), item.get(1).asText())
              : pair(item.asText(), folder.resolve(FAST) + " merges"));
    }
    return merges;
  }

  private static BytePairs.Pair pair(String line, String where) {
    String[] parts = line.split(" ", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException(
          where + ": \"" + line + "\" is no merge; expected two symbols with a space between");
    }
    return new BytePairs.Pair(parts[0], parts[1]);
  }

  private static JsonNode optional(Path file) {
    return Files.exists(file) ? json(file) : JsonNodeFactory.instance.objectNode();
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": not JSON (" + e.getOriginalMessage() + "). Is the file complete?", e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /**
   * Writes a folder that transformers opens. Call it inside an {@code AtomicFolder}.
   *
   * @param folder is made where it does not exist
   */
  public static void write(Path folder, ClipTokenizer tokenizer) {
    ObjectNode vocabulary = JSON.createObjectNode();
    tokenizer.vocabulary().forEach(vocabulary::put);
    AtomicFile.writeString(folder.resolve(VOCABULARY), vocabulary + "\n");
    StringBuilder merges = new StringBuilder(VERSION).append(": 0.2\n");
    for (BytePairs.Pair pair : tokenizer.merges()) {
      merges.append(pair.left()).append(' ').append(pair.right()).append('\n');
    }
    AtomicFile.writeString(folder.resolve(MERGES), merges.toString());
    ObjectNode special = special(tokenizer);
    AtomicFile.writeString(folder.resolve(SPECIAL), special.toPrettyString() + "\n");
    ObjectNode config = special(tokenizer);
    config.put("do_lower_case", true);
    config.put(LENGTH, tokenizer.length());
    config.put("tokenizer_class", "CLIPTokenizer");
    AtomicFile.writeString(folder.resolve(CONFIG), config.toPrettyString() + "\n");
  }

  private static ObjectNode special(ClipTokenizer tokenizer) {
    ObjectNode special = JSON.createObjectNode();
    special.put("bos_token", ClipTokenizer.START);
    special.put("eos_token", ClipTokenizer.END);
    special.put(PADDING, tokenizer.padding());
    special.put("unk_token", ClipTokenizer.END);
    return special;
  }
}
