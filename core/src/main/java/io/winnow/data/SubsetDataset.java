package io.winnow.data;

import java.util.List;

/** A data set seen through a list of indices; closing it closes the data set below. */
final class SubsetDataset implements Dataset {
  private final Dataset whole;
  private final int[] indices;

  SubsetDataset(Dataset whole, int[] indices) {
    this.whole = whole;
    this.indices = indices.clone();
    for (int index : indices) {
      if (index < 0 || index >= whole.size()) {
        throw new IllegalArgumentException(
            "%s: index %d of a subset, expected 0 to %d"
                .formatted(whole.name(), index, whole.size() - 1));
      }
    }
  }

  @Override
  public String name() {
    return whole.name();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public String id(int i) {
    return whole.id(indices[i]);
  }

  @Override
  public int label(int i) {
    return whole.label(indices[i]);
  }

  @Override
  public byte[] encoded(int i) {
    return whole.encoded(indices[i]);
  }

  @Override
  public Image image(int i) throws BadImageException {
    return whole.image(indices[i]);
  }

  @Override
  public void close() {
    whole.close();
  }
}
