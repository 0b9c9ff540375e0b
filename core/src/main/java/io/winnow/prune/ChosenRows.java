package io.winnow.prune;

import io.winnow.eval.NearestNeighbours;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** Some rows of a set, in the order given, to search in or to search for. */
@SuppressWarnings("ArrayRecordComponent") // the maker's own, never compared
record ChosenRows(Rows set, int[] chosen) implements NearestNeighbours.Source {
  @Override
  public long rows() {
    return chosen.length;
  }

  @Override
  public Tensor block(long first, int count) {
    int from = Math.toIntExact(first);
    return set.gather(Arrays.copyOfRange(chosen, from, from + count));
  }
}
