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
    int width = length(image.width(), image);
    int height = length(image.height(), image);
    return resize.uint8(image, width, height, Window.centreEven(width, height, crop));
  }

  /** As {@link #apply}, row by row. */
  void rows(Image image, PillowResize.Row sink) {
    int width = length(image.width(), image);
    int height = length(image.height(), image);
    resize.rows(image, width, height, Window.centreEven(width, height, crop), sink);
  }

  private int length(long side, Image image) {
    return (int) (shortSide * side / Math.min(image.width(), image.height()));
  }
}
