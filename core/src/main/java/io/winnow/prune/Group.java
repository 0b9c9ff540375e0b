package io.winnow.prune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Rows that are fitted or selected together: a class, or the whole set.
 *
 * @param label the class's label; -1 for the whole set
 * @param rows ascending row numbers
 */
@SuppressWarnings(
    "ArrayRecordComponent") // shared on purpose: a copy per use would double the index
record Group(int label, int[] rows) {
  static final int WHOLE = -1;

  /** One group per label value that occurs, in ascending order of the value. */
  static List<Group> byLabel(int[] labels) {
    TreeMap<Integer, Integer> sizes = new TreeMap<>();
    for (int label : labels) {
      sizes.merge(label, 1, Integer::sum);
    }
    TreeMap<Integer, int[]> rows = new TreeMap<>();
    TreeMap<Integer, Integer> filled = new TreeMap<>();
    sizes.forEach((label, size) -> rows.put(label, new int[size]));
    for (int i = 0; i < labels.length; i++) {
      int position = filled.merge(labels[i], 1, Integer::sum) - 1;
      rows.get(labels[i])[position] = i;
    }
    List<Group> groups = new ArrayList<>();
    rows.forEach((label, members) -> groups.add(new Group(label, members)));
    return groups;
  }

  /** Everything as one group; none where there is no row. */
  static List<Group> whole(int count) {
    int[] rows = new int[count];
    Arrays.setAll(rows, i -> i);
    return count == 0 ? List.of() : List.of(new Group(WHOLE, rows));
  }

  static List<Group> of(Grouping grouping, int[] labels) {
    return grouping == Grouping.CLASS ? byLabel(labels) : whole(labels.length);
  }

  /** Rows to keep of so many: at least one, and halves up. */
  static int count(int rows, double ratio) {
    return rows == 0 ? 0 : Math.min(rows, Math.max(1, (int) Math.floor(ratio * rows + 0.5)));
  }

  int size() {
    return rows.length;
  }

  String describe() {
    return label == WHOLE ? "the whole set" : "class " + label;
  }
}
