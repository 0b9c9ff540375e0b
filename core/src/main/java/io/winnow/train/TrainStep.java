package io.winnow.train;

import org.bytedeco.pytorch.Tensor;

/**
 * The inputs of one micro-batch.
 *
 * @param step the optimiser step it belongs to, from 0
 * @param xt noisy images, [b, C, H, W], float32, on the device
 * @param t time steps, [b], int64
 * @param y labels after label dropout (the dropped ones are the null class), [b], int64; null for a
 *     network without classes
 * @param eps the noise in {@code xt}, [b, C, H, W], float32
 * @param groups true group of each sample, label dropout or not, [b]
 * @param indices positions in the data set, [b]
 */
@SuppressWarnings("ArrayRecordComponent") // a view for the length of a step, never compared
public record TrainStep(
    long step, Tensor xt, Tensor t, Tensor y, Tensor eps, int[] groups, int[] indices) {}
