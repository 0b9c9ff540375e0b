package io.winnow.data;

/** Pixels from the order of files (HWC) to the order of networks (CHW). */
final class Planes {
  private Planes() {}

  /** [H, W, 3] to [3, H, W]. */
  static byte[] of(Image image) {
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
}
