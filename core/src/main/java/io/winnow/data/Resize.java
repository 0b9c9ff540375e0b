package io.winnow.data;

/** How a picture comes to the square side that a network trains on. */
public enum Resize {
  /**
   * Mean of whole blocks of pixels, rounded to the nearest level: the short side must be a multiple
   * of the target; a picture that is not square is cropped to its centre first.
   */
  AVERAGE,
  /** Pillow's bicubic filter to the short side, then the centre crop (torchvision's transform). */
  PILLOW_BICUBIC,
  /** Pillow's Lanczos filter to the short side, then the centre crop. */
  PILLOW_LANCZOS,
  /** Box halving, bicubic and centre crop of guided-diffusion (ADM), which MDT and DiT use. */
  ADM
}
