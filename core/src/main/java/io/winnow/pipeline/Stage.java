package io.winnow.pipeline;

/** How far a pipeline is to be run. */
public enum Stage {
  ENCODE,
  PRUNE,
  REWEIGHT,
  TRAIN,
  SAMPLE,
  EVALUATE
}
