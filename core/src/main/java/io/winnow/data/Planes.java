package io.winnow.data;

/** Pixels between the order of files (HWC) and the order of networks (CHW). */
public final class Planes {
  private Planes() {}

  /** [H, W, 3] to [3, H, W]. */
  public static byte[] of(Image image) {
    byte[] rgb = image.rgb();
    int plane = image.width() * image.height();
    byte[] planes = new byte[3 * plane];
    for (int p = 0, at = 0; p < plane; p++, at += 3) {
      planes[p] = rgb[at];
      planes[plane + p] = rgb[at + 1];
      planes[2 * plane + p] = rgb[at + 2];
    }
    return planes;
  }

  /**
   * One picture out of a batch.
   *
   * @param planes [B, 3, H, W]
   * @param index of the picture in the batch
   */
  public static Image image(byte[] planes, int index, int height, int width) {
    int plane = height * width;
    int first = index * 3 * plane;
    byte[] rgb = new byte[3 * plane];
    for (int p = 0, at = 0; p < plane; p++, at += 3) {
      rgb[at] = planes[first + p];
      rgb[at + 1] = planes[first + plane + p];
      rgb[at + 2] = planes[first + 2 * plane + p];
    }
    return new Image(width, height, rgb);
  }
}
