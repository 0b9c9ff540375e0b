package io.winnow.train;

import io.winnow.diffusion.Denoiser;

/**
 * The run that a weighting watches.
 *
 * @param updates of the whole run
 * @param batch samples of a whole batch; the last one of an epoch may have fewer
 * @param withoutDropout the network in training, asked in evaluation mode; it is back in training
 *     mode afterwards
 */
public record WatchedRun(long updates, int batch, Denoiser withoutDropout) {}
