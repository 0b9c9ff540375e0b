package io.winnow.data;

/** The centre of a picture as torchvision's {@code CenterCrop} cuts it out. */
public final class CenterCrop {
  private CenterCrop() {}

  /** Cuts out a square; a picture smaller than it is first padded with black. */
  public static Image square(Image image, int side) {
    Image padded = image;
    if (image.width() < side || image.height() < side) {
      padded = pad(image, Math.max(image.width(), side), Math.max(image.height(), side));
    }
    return Window.centreEven(padded.width(), padded.height(), side).of(padded);
  }

  private static Image pad(Image image, int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    int left = (width - image.width()) / 2;
    int top = (height - image.height()) / 2;
    for (int y = 0; y < image.height(); y++) {
      System.arraycopy(
          image.rgb(),
          y * image.width() * 3,
          rgb,
          ((top + y) * width + left) * 3,
          image.width() * 3);
    }
    return new Image(width, height, rgb);
  }
}
