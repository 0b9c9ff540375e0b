package io.winnow.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The known word that was probably meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The nearest word by edits, unless even that is further than a third of its length. */
  public static Optional<String> nearest(String word, List<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .filter(best -> distance(word, best) <= Math.max(1, best.length() / 3 + 1))
        .filter(best -> distance(word, best) < best.length());
  }

  /** Edits between two words, an exchange of neighbours counting once; case does not count. */
  private static int distance(String word, String other) {
    String a = word.toLowerCase(java.util.Locale.ROOT);
    String b = other.toLowerCase(java.util.Locale.ROOT);
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
