package io.winnow.data;

/** Brings pictures to the square side that a network trains on. Safe for use by several threads. */
final class SquareResize {
  /** What brings a picture there, or says why it cannot. */
  @FunctionalInterface
  private interface Way {
    Image apply(Image image) throws BadImageException;
  }

  private final int side;
  private final Way way;
  private final boolean averages;

  SquareResize(int side, Resize resize) {
    this.side = side;
    this.averages = resize == Resize.AVERAGE;
    this.way =
        switch (resize) {
          case AVERAGE -> image -> average(image, side);
          case PILLOW_BICUBIC -> new ShortSideResize(Filter.BICUBIC, side, side)::apply;
          case PILLOW_LANCZOS -> new ShortSideResize(Filter.LANCZOS, side, side)::apply;
          case ADM -> new AdmCenterCrop(side)::apply;
        };
  }

  /**
   * Resizes one picture.
   *
   * @return [side, side]; the picture itself where it already has that size
   * @throws BadImageException when the picture cannot be brought there in that way
   */
  Image apply(Image image) throws BadImageException {
    return image.width() == side && image.height() == side ? image : way.apply(image);
  }

  /** Whether a picture of that size can be brought there. */
  boolean takes(int width, int height) {
    int shortSide = Math.min(width, height);
    return !averages || (shortSide >= side && shortSide % side == 0);
  }

  private static Image average(Image image, int side) throws BadImageException {
    int shortSide = Math.min(image.width(), image.height());
    int block = shortSide / side;
    if (block == 0 || shortSide % side != 0) {
      throw new BadImageException(
          "%d x %d pixels cannot be averaged to side %d; use a size that divides %d, or another resize"
              .formatted(image.width(), image.height(), side, shortSide));
    }
    int left = (image.width() - shortSide) / 2;
    int top = (image.height() - shortSide) / 2;
    byte[] rgb = new byte[side * side * 3];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        for (int c = 0; c < 3; c++) {
          int sum = blockSum(image, left + x * block, top + y * block, block, c);
          rgb[(y * side + x) * 3 + c] = (byte) ((2 * sum + block * block) / (2 * block * block));
        }
      }
    }
    return new Image(side, side, rgb);
  }

  private static int blockSum(Image image, int left, int top, int block, int channel) {
    byte[] rgb = image.rgb();
    int sum = 0;
    for (int y = top; y < top + block; y++) {
      int at = (y * image.width() + left) * 3 + channel;
      for (int x = 0; x < block; x++, at += 3) {
        sum += rgb[at] & 0xFF;
      }
    }
    return sum;
  }
}
