package io.winnow.diffusion;

/**
 * Sees the tensors of every sampler step: the walk itself, not how far long work has come, which is
 * {@code task.Progress}.
 */
@FunctionalInterface
public interface SampleListener {
  void onStep(SampleStep step);

  /** Hears nothing. */
  static SampleListener none() {
    return step -> {};
  }
}
