package io.winnow.diffusion;

/** Hears of every sampler step. */
@FunctionalInterface
public interface SampleListener {
  void onStep(SampleStep step);

  /** Hears nothing. */
  static SampleListener none() {
    return step -> {};
  }
}
