package io.winnow.data;

/**
 * {@code center_crop_arr} of guided-diffusion (ADM), which MDT and DiT train on: halving by boxes
 * while the short side is at least twice the target, then bicubic to the target, then the centre.
 */
public final class AdmCenterCrop {
  private final PillowResize box = new PillowResize(Filter.BOX);
  private final PillowResize bicubic = new PillowResize(Filter.BICUBIC);
  private final int side;

  public AdmCenterCrop(int side) {
    this.side = side;
  }

  /** [side, side] of the picture. */
  public Image apply(Image image) {
    Image halved = image;
    while (Math.min(halved.width(), halved.height()) >= 2 * side) {
      halved = box.uint8(halved, halved.width() / 2, halved.height() / 2);
    }
    double scale = (double) side / Math.min(halved.width(), halved.height());
    int width = (int) Math.rint(halved.width() * scale);
    int height = (int) Math.rint(halved.height() * scale);
    return bicubic.uint8(halved, width, height, Window.centreFloor(width, height, side));
  }
}
