package io.winnow.train;

import io.winnow.diffusion.Passes;

/**
 * The inputs of one micro-batch.
 *
 * @param step the optimiser step it belongs to, from 0
 * @param passes what the network is asked about b images, on the device
 * @param groups true group of each sample, label dropout or not, [b]
 * @param indices positions in the data set, [b]
 */
@SuppressWarnings("ArrayRecordComponent") // a view for the length of a step, never compared
public record TrainStep(long step, Passes passes, int[] groups, int[] indices) {}
