package io.winnow.train;

/**
 * A stretch of a training over one set of images.
 *
 * @param name {@code coreset} or {@code full}
 * @param indices positions in the data set, ascending
 * @param updates optimiser steps
 * @param weighted whether weights per class are on
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out; never compared
public record TrainPhase(String name, int[] indices, long updates, boolean weighted) {
  public TrainPhase {
    indices = indices.clone();
  }

  @Override
  public int[] indices() {
    return indices.clone();
  }
}
