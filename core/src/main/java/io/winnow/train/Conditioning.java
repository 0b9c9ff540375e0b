package io.winnow.train;

import io.winnow.diffusion.Condition;

/**
 * What a network is told about samples besides their times, and how often it is kept from it for
 * classifier-free guidance. Extension point: classes are {@link Guidance}, texts {@link Prompted}.
 */
public interface Conditioning {
  /**
   * The condition of samples.
   *
   * @param indices of the samples, [B]
   * @param labels their classes, [B]
   * @return on the CPU; belongs to the caller's scope
   */
  Condition of(int[] indices, int[] labels);

  /** Probability with which a sample's class or text is hidden. */
  double labelDropout();

  /** The label of "no class"; of no meaning for texts. */
  int nullClass();

  /** What it is, in words: a checkpoint made under another one is refused. */
  String identity();
}
