package io.winnow.data;

/** A rectangle of pixels. */
record Window(int left, int top, int width, int height) {
  /** The part of a picture under this window; the picture itself where that is all of it. */
  Image of(Image image) {
    if (width == image.width() && height == image.height()) {
      return image;
    }
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      int from = ((top + y) * image.width() + left) * 3;
      System.arraycopy(image.rgb(), from, rgb, y * width * 3, width * 3);
    }
    return new Image(width, height, rgb);
  }

  /**
   * The centre of a picture, offset rounded down: what cmmd-pytorch and guided-diffusion cut out.
   */
  static Window centreFloor(int width, int height, int side) {
    return new Window((width - side) / 2, (height - side) / 2, side, side);
  }

  /** The centre of a picture, offset rounded half to even, as torchvision does. */
  static Window centreEven(int width, int height, int side) {
    return new Window(
        (int) Math.rint((width - side) / 2.0), (int) Math.rint((height - side) / 2.0), side, side);
  }
}
