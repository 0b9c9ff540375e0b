package io.winnow.prune;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Some rows of a source, numbered from 0; fetched from it each time. */
@SuppressWarnings("ArrayRecordComponent") // the maker's own, never compared
record SubRows(Rows source, int[] members) implements Rows {
  @Override
  public int count() {
    return members.length;
  }

  @Override
  public int dimension() {
    return source.dimension();
  }

  @Override
  public int[] labels() {
    int[] labels = source.labels();
    return IntStream.of(members).map(row -> labels[row]).toArray();
  }

  @Override
  public Tensor gather(int[] rows) {
    return source.gather(toSource(rows));
  }

  /** Row numbers of the source at some of these rows. */
  int[] toSource(int[] rows) {
    return IntStream.of(rows).map(row -> members[row]).toArray();
  }

  @Override
  public String describe(int row) {
    return source.describe(members[row]);
  }
}
