package io.winnow.pipeline;

import io.winnow.tensor.RandomStreams;

/** The trainings of a run. Each draws from streams of its own. */
enum Training {
  REFERENCE(1),
  PROXY(2),
  /** With or without weights, of a run or on a manifest: the same draws. */
  MODEL(3);

  private final int index;

  Training(int index) {
    this.index = index;
  }

  RandomStreams streams(long seed) {
    return RandomStreams.of(RandomStreams.of(seed).bits("training", index));
  }
}
