package io.winnow.train;

/**
 * How far a training run has come.
 *
 * @param phase {@code coreset} or, with everything in use, {@code full}
 * @param epoch the epoch of the next step, from 0
 * @param step optimiser steps done
 * @param samplesSeen images processed, repetitions counted
 */
public record Position(String phase, int epoch, long step, long samplesSeen) {}
