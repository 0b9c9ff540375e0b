package io.winnow.data;

/** Brings pictures to the square side that a network trains on. */
final class SquareResize {
  private SquareResize() {}

  /**
   * Resizes one picture.
   *
   * @return [side, side]; the picture itself where it already has that size
   * @throws BadImageException when the picture cannot be brought there in that way
   */
  static Image apply(Image image, int side, Resize resize) throws BadImageException {
    if (image.width() == side && image.height() == side) {
      return image;
    }
    return switch (resize) {
      case AVERAGE -> average(image, side);
      case PILLOW_BICUBIC, PILLOW_LANCZOS, ADM -> throw new BadImageException("resize " + resize);
    };
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
