package io.winnow.model.clip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Byte-pair encoding (Sennrich et al., 2016): merges by rank. */
final class BytePairs {
  /** Marks the last symbol of a word. */
  static final String END_OF_WORD = "</w>";

  private final List<Pair> merges;
  private final Map<Pair, Integer> ranks = new HashMap<>();

  /** Two symbols that become one. */
  record Pair(String left, String right) {
    String merged() {
      return left + right;
    }
  }

  /**
   * @param merges the most frequent first
   */
  BytePairs(List<Pair> merges) {
    this.merges = List.copyOf(merges);
    for (Pair pair : merges) {
      ranks.putIfAbsent(pair, ranks.size());
    }
  }

  List<Pair> merges() {
    return merges;
  }

  /** The tokens of one word. */
  List<String> tokens(String word) {
    List<String> symbols = ByteSymbols.of(word);
    int last = symbols.size() - 1;
    symbols.set(last, symbols.get(last) + END_OF_WORD);
    for (Pair next = next(symbols); next != null; next = next(symbols)) {
      symbols = merged(symbols, next);
    }
    return symbols;
  }

  /** The adjacent pair of the lowest rank; null where no pair can be merged. */
  private Pair next(List<String> symbols) {
    Pair best = null;
    int lowest = Integer.MAX_VALUE;
    for (int i = 0; i + 1 < symbols.size(); i++) {
      Pair pair = new Pair(symbols.get(i), symbols.get(i + 1));
      int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
      if (rank < lowest) {
        lowest = rank;
        best = pair;
      }
    }
    return best;
  }

  /** Every occurrence of the pair as one symbol, from left to right. */
  private static List<String> merged(List<String> symbols, Pair pair) {
    List<String> merged = new ArrayList<>(symbols.size());
    int i = 0;
    while (i < symbols.size()) {
      boolean here =
          i + 1 < symbols.size()
              && symbols.get(i).equals(pair.left())
              && symbols.get(i + 1).equals(pair.right());
      merged.add(here ? pair.merged() : symbols.get(i));
      i += here ? 2 : 1;
    }
    return merged;
  }
}
