package io.winnow.artifact;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Labels that another tool gave to rows. Integers stay the numbers that they are; texts become
 * classes in alphabetical order.
 *
 * @param labels of every row, [N]
 * @param classes names in label order
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record RowLabels(int[] labels, List<String> classes) {
  /** What stands in the place of labels where none are wanted. */
  static final String NONE = "none";

  /** Columns and arrays that are labels where nobody says which. */
  static final List<String> USUAL = List.of("label", "labels");

  /** The same of ids. */
  static final List<String> USUAL_IDS = List.of("id", "ids");

  private static final Pattern INTEGER = Pattern.compile("-?\\d{1,18}");
  private static final int CLASSES = 1_000_000;

  /** All rows in one class, where nothing is known of any. */
  static RowLabels none(int rows) {
    return new RowLabels(new int[rows], List.of("all"));
  }

  /**
   * Labels by their texts.
   *
   * @param where names the column or the array in messages
   */
  static RowLabels of(List<String> texts, String where) {
    if (texts.stream().allMatch(text -> INTEGER.matcher(text).matches())) {
      return numbers(texts, where);
    }
    List<String> classes = List.copyOf(new TreeSet<>(texts));
    int[] labels = texts.stream().mapToInt(text -> indexOf(classes, text)).toArray();
    return new RowLabels(labels, classes);
  }

  private static int indexOf(List<String> sorted, String text) {
    return java.util.Collections.binarySearch(sorted, text);
  }

  private static RowLabels numbers(List<String> texts, String where) {
    int[] labels = new int[texts.size()];
    int largest = 0;
    for (int i = 0; i < labels.length; i++) {
      long label = Long.parseLong(texts.get(i));
      if (label < 0 || label >= CLASSES) {
        throw new IllegalArgumentException(
            String.format(
                "%s: the label of row %d is %d; expected 0 to %d, or texts. --labels none takes no"
                    + " labels.",
                where, i, label, CLASSES - 1));
      }
      labels[i] = (int) label;
      largest = Math.max(largest, labels[i]);
    }
    return new RowLabels(
        labels, IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList());
  }
}
