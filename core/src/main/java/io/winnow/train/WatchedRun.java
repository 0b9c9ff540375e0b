package io.winnow.train;

import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.TrainingObjective;

/**
 * The run that a weighting watches.
 *
 * @param updates of the whole run
 * @param batch samples of a whole batch; the last one of an epoch may have fewer
 * @param objective that gave the losses; another network asked on the same inputs is held to it,
 *     too
 * @param withoutDropout the network in training, asked in evaluation mode; it is back in training
 *     mode afterwards
 */
public record WatchedRun(
    long updates, int batch, TrainingObjective objective, Denoiser withoutDropout) {}
