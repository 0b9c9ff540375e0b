package io.winnow.data;

import java.util.List;

/** A data set whose images come in the size that a network trains on. */
final class ResizedDataset implements Dataset {
  private final Dataset whole;
  private final SquareResize resize;

  ResizedDataset(Dataset dataset, int side, Resize resize) {
    this.whole = dataset;
    this.resize = new SquareResize(side, resize);
  }

  @Override
  public String name() {
    return whole.name();
  }

  @Override
  public int size() {
    return whole.size();
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public String id(int i) {
    return whole.id(i);
  }

  @Override
  public int label(int i) {
    return whole.label(i);
  }

  @Override
  public byte[] encoded(int i) {
    return whole.encoded(i);
  }

  @Override
  public Image image(int i) throws BadImageException {
    return resize.apply(whole.image(i));
  }

  @Override
  public void close() {
    whole.close();
  }
}
