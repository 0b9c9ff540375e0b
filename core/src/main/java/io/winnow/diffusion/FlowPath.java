package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/** Straight paths, in equal steps of u from 1 to 0; the network predicts their velocity. */
record FlowPath(int steps) implements OdePath {
  /** What the network is told per unit of u. */
  static final double TIMES = 1000;

  @Override
  public double s(int k) {
    return 1 - (double) k / steps;
  }

  @Override
  public double signal(int k) {
    return 1;
  }

  @Override
  public double time(int k) {
    return TIMES * s(k);
  }

  @Override
  public boolean wholeTimes() {
    return false;
  }

  @Override
  public Tensor direction(Tensor output, Tensor x, Tensor t) {
    return output;
  }
}
