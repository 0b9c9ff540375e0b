package io.winnow.model.clip;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tokenizer of all bytes and two merges, which make the word "the". */
public final class TinyTokenizer {
  /** Tokens: 256 bytes, inside and at the end of a word, two merges, start and end. */
  public static final int SIZE = 516;

  static final int THE = 513;
  static final int START = 514;
  static final int END = 515;

  private TinyTokenizer() {}

  public static ClipTokenizer of(int length) {
    return new ClipTokenizer("test", vocabulary(), merges(), ClipTokenizer.END, length);
  }

  static Map<String, Integer> vocabulary() {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String end : List.of("", BytePairs.END_OF_WORD)) {
      for (int b = 0; b < 128; b++) {
        String symbol = ByteSymbols.of(String.valueOf((char) b)).get(0);
        vocabulary.put(symbol + end, vocabulary.size());
      }
      for (int c = 0; c < 64; c++) { // every continuation byte, then the leading ones
        String symbol = ByteSymbols.of(new String(Character.toChars(0xC0 + c))).get(1);
        vocabulary.put(symbol + end, vocabulary.size());
      }
      for (int lead = 0xC0; lead <= 0xFF; lead++) {
        vocabulary.put((char) lead + end, vocabulary.size());
      }
    }
    vocabulary.put("th", vocabulary.size());
    vocabulary.put("the</w>", vocabulary.size());
    vocabulary.put(ClipTokenizer.START, vocabulary.size());
    vocabulary.put(ClipTokenizer.END, vocabulary.size());
    return vocabulary;
  }

  static List<BytePairs.Pair> merges() {
    return List.of(new BytePairs.Pair("t", "h"), new BytePairs.Pair("th", "e</w>"));
  }
}
