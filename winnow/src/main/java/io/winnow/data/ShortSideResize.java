package io.winnow.data;

/**
 * Pillow's resize of the short side to a length, then the centre crop: torchvision's {@code Resize}
 * and {@code CenterCrop}. The long side is truncated.
 */
final class ShortSideResize {
  private final PillowResize resize;
  private final int shortSide;
  private final int crop;

  /**
   * @param shortSide at least {@code crop}
   */
  ShortSideResize(Filter filter, int shortSide, int crop) {
    this.resize = new PillowResize(filter);
    this.shortSide = shortSide;
    this.crop = crop;
  }

  Image apply(Image image) {
    long from = Math.min(image.width(), image.height());
    int width = (int) (shortSide * (long) image.width() / from);
    int height = (int) (shortSide * (long) image.height() / from);
    return resize.uint8(image, width, height, Window.centreEven(width, height, crop));
  }
}
