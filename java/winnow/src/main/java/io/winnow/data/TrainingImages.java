package io.winnow.data;

/** Samples of a data set in the one size that a network trains on. */
final class TrainingImages {
  private final Dataset dataset;
  private final boolean nativeSize;
  private final SquareResize squareResize; // null for the native size
  private final int height;
  private final int width;

  TrainingImages(Dataset dataset, int side, Resize resize) {
    this.dataset = dataset;
    this.nativeSize = side == 0;
    this.squareResize = nativeSize ? null : new SquareResize(side, resize);
    if (nativeSize) {
      Image first = decode(0);
      this.height = first.height();
      this.width = first.width();
    } else {
      this.height = side;
      this.width = side;
    }
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  /** Label of every sample, [N]. */
  static int[] labels(Dataset dataset) {
    int[] labels = new int[dataset.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = dataset.label(i);
    }
    return labels;
  }

  /** One sample as [3, H, W] bytes. */
  byte[] planes(int i) {
    Image image = decode(i);
    if (nativeSize) {
      if (image.width() != width || image.height() != height) {
        throw new IllegalArgumentException(
            "%s %s: %d x %d pixels, but %s has %d x %d; training needs one size. Set dataset.size."
                .formatted(
                    dataset.name(),
                    dataset.id(i),
                    image.width(),
                    image.height(),
                    dataset.id(0),
                    width,
                    height));
      }
      return Planes.of(image);
    }
    try {
      return Planes.of(squareResize.apply(image));
    } catch (BadImageException e) {
      throw bad(i, e);
    }
  }

  private Image decode(int i) {
    try {
      return dataset.image(i);
    } catch (BadImageException e) {
      throw bad(i, e);
    }
  }

  private IllegalArgumentException bad(int i, BadImageException e) {
    return new IllegalArgumentException(
        dataset.name() + " " + dataset.id(i) + ": " + e.getMessage() + ".", e);
  }
}
