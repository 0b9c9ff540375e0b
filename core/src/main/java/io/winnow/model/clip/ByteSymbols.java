package io.winnow.model.clip;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The 256 visible characters that stand for bytes in a byte-level vocabulary: those of Latin-1 that
 * can be seen stand for themselves, the other 68 bytes are U+0100 onwards. Source: openai/CLIP,
 * {@code simple_tokenizer.py}.
 */
final class ByteSymbols {
  private static final int FIRST_SUBSTITUTE = 0x100;
  private static final String[] SYMBOLS = symbols();

  private ByteSymbols() {}

  private static String[] symbols() {
    String[] symbols = new String[256];
    int substitute = FIRST_SUBSTITUTE;
    for (int b = 0; b < symbols.length; b++) {
      boolean seen = (b >= '!' && b <= '~') || (b >= 161 && b <= 172) || b >= 174;
      symbols[b] = String.valueOf((char) (seen ? b : substitute++));
    }
    return symbols;
  }

  /** All of them, in the order of the bytes that stand for themselves, then of the others. */
  static List<String> all() {
    List<String> all = new ArrayList<>(List.of(SYMBOLS));
    all.sort(Comparator.comparingInt(symbol -> symbol.charAt(0)));
    return all;
  }

  /** One symbol per byte of the text in UTF-8. */
  static List<String> of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<String> symbols = new ArrayList<>(bytes.length);
    for (byte b : bytes) {
      symbols.add(SYMBOLS[b & 0xFF]);
    }
    return symbols;
  }
}
