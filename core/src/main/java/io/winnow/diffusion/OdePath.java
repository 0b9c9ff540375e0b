package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * The way from noise to images as an ordinary differential equation dy/ds = d(y, s), cut at s_0 >
 * s_1 > ... > s_n = 0; the images are x = signal y.
 */
interface OdePath {
  /** n. */
  int steps();

  /** s_k, k = 0 .. n. */
  double s(int k);

  /** What x is in units of y at s_k, k = 0 .. n. */
  double signal(int k);

  /** The time that the network is told at s_k, k below n. */
  double time(int k);

  /** Whether these times are steps, by which tables are read. */
  boolean wholeTimes();

  /**
   * d at s_k.
   *
   * @param output of the network asked about x, [B, C, H, W], float32
   * @param x [B, C, H, W]
   * @param t what it was told, [B]
   */
  Tensor direction(Tensor output, Tensor x, Tensor t);
}
