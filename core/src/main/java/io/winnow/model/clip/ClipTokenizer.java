package io.winnow.model.clip;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CLIP's tokenizer: lower-case byte-pair encoding, as transformers 5 (its fast tokenizer) does it:
 * no repair of broken text, no HTML unescaping. openai/CLIP's own code does both, and differs for
 * typographic quotes and the like; plain English is equal.
 *
 * <p>Characters newer than Unicode 13 may be split otherwise by other runtimes.
 */
public final class ClipTokenizer {
  /** The published length: start, 75 tokens, end. */
  public static final int LENGTH = 77;

  static final String START = "<|startoftext|>";
  static final String END = "<|endoftext|>";

  private static final Pattern SPECIAL =
      Pattern.compile(Pattern.quote(START) + "|" + Pattern.quote(END));
  private static final Pattern SPACE = Pattern.compile("\\p{IsWhite_Space}+");
  private static final Pattern WORD =
      Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+");

  /** The one character whose lower case is two: i and a dot above. */
  private static final int CAPITAL_I_WITH_DOT = 0x130;

  private final Map<String, Integer> vocabulary; // in the order of the file
  private final BytePairs pairs;
  private final String padding;
  private final int length;

  /**
   * A text as tokens.
   *
   * @param ids start, at most {@code length - 2} tokens, end, padding, [length]
   * @param rawLength number of tokens of the whole text, without start and end
   */
  public record Tokens(List<Integer> ids, int rawLength) {
    public Tokens {
      ids = List.copyOf(ids);
    }

    /** Whether tokens were cut off at the end. */
    public boolean truncated() {
      return rawLength > ids.size() - 2;
    }

    /** How many ids stand for the text, start and end included; the rest is padding. */
    public int used() {
      return Math.min(rawLength + 2, ids.size());
    }
  }

  /**
   * @param where the files, for messages
   * @param padding the token after the end; the end token in Stable Diffusion 1
   */
  ClipTokenizer(
      String where,
      Map<String, Integer> vocabulary,
      List<BytePairs.Pair> merges,
      String padding,
      int length) {
    this.vocabulary = new LinkedHashMap<>(vocabulary);
    this.pairs = new BytePairs(merges);
    this.padding = padding;
    this.length = length;
    for (String token : List.of(START, END, padding)) {
      if (!vocabulary.containsKey(token)) {
        throw new IllegalArgumentException(
            where + ": the vocabulary lacks " + token + "; expected that of a CLIP");
      }
    }
    for (BytePairs.Pair pair : merges) {
      if (!vocabulary.containsKey(pair.merged())) {
        throw new IllegalArgumentException(
            where
                + ": the merges make "
                + pair.merged()
                + ", which the vocabulary lacks. Are the two of one tokenizer?");
      }
    }
    if (length < 3) {
      throw new IllegalArgumentException(
          where + ": model_max_length is " + length + ", but must be at least 3; 77 is CLIP's");
    }
  }

  /**
   * A tokenizer without merges: every byte is a token, so that it needs no file and knows every
   * text, and a text of more than {@code length - 2} bytes without its spaces is too long.
   */
  public static ClipTokenizer ofBytes(int length) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String end : List.of("", BytePairs.END_OF_WORD)) {
      ByteSymbols.all().forEach(symbol -> vocabulary.put(symbol + end, vocabulary.size()));
    }
    vocabulary.put(START, vocabulary.size());
    vocabulary.put(END, vocabulary.size());
    return new ClipTokenizer("bytes", vocabulary, List.of(), END, length);
  }

  Map<String, Integer> vocabulary() {
    return vocabulary;
  }

  List<BytePairs.Pair> merges() {
    return pairs.merges();
  }

  String padding() {
    return padding;
  }

  /** The length of every result, padding included. */
  public int length() {
    return length;
  }

  /** One more than the largest id. */
  public int size() {
    return vocabulary.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
  }

  /** A text as ids, cut off where it is too long; {@link Tokens#truncated} says so. */
  public Tokens encode(String text) {
    List<Integer> tokens = tokens(text);
    List<Integer> ids = new ArrayList<>();
    ids.add(vocabulary.get(START));
    ids.addAll(tokens.subList(0, Math.min(tokens.size(), length - 2)));
    ids.add(vocabulary.get(END));
    ids.addAll(Collections.nCopies(length - ids.size(), vocabulary.get(padding)));
    return new Tokens(ids, tokens.size());
  }

  /** All tokens; the special ones are taken as they stand in the raw text. */
  private List<Integer> tokens(String text) {
    List<Integer> tokens = new ArrayList<>();
    Matcher special = SPECIAL.matcher(text);
    int from = 0;
    while (special.find()) {
      addWords(text.substring(from, special.start()), tokens);
      tokens.add(vocabulary.get(special.group()));
      from = special.end();
    }
    addWords(text.substring(from), tokens);
    return tokens;
  }

  private void addWords(String piece, List<Integer> tokens) {
    Matcher word = WORD.matcher(normalised(piece));
    int unknown = vocabulary.get(END);
    while (word.find()) {
      for (String token : pairs.tokens(word.group())) {
        tokens.add(vocabulary.getOrDefault(token, unknown));
      }
    }
  }

  /**
   * NFC, single spaces, lower case code point by code point: {@code String.toLowerCase} would apply
   * the rule of the final sigma.
   */
  static String normalised(String text) {
    String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
    StringBuilder lower = new StringBuilder();
    SPACE
        .matcher(composed)
        .replaceAll(" ")
        .codePoints()
        .forEach(
            c -> {
              if (c == CAPITAL_I_WITH_DOT) {
                lower.append("i\u0307");
              } else {
                lower.appendCodePoint(Character.toLowerCase(c));
              }
            });
    return lower.toString();
  }
}
