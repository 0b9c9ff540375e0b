package io.winnow.data;

import java.util.Arrays;

/**
 * A decoded picture: uint8, red green blue, rows top to bottom, {@code rgb[(y * width + x) * 3 +
 * c]} (HWC).
 *
 * <p>The bytes are shared, not copied, because pictures are large and pass through many hands:
 * whoever makes an image gives its array away and nobody writes to it afterwards.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb [H, W, 3]
 */
@SuppressWarnings("ArrayRecordComponent")
public record Image(int width, int height, byte[] rgb) {
  public Image {
    if (width < 1 || height < 1 || rgb.length != Math.multiplyExact(3 * width, height)) {
      throw new IllegalArgumentException(
          "Image: %d bytes for %d x %d pixels, expected width * height * 3"
              .formatted(rgb.length, width, height));
    }
  }

  /** Two images are equal when their sizes and all their pixels are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Image image
        && width == image.width
        && height == image.height
        && Arrays.equals(rgb, image.rgb);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(rgb);
  }

  @Override
  public String toString() {
    return "Image[" + width + " x " + height + "]";
  }
}
