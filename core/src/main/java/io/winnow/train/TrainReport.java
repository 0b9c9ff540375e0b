package io.winnow.train;

/**
 * Numbers of a training run, every few steps.
 *
 * @param position after the step
 * @param totalSteps steps of the whole run
 * @param loss mean of the batch losses since the last report
 * @param gradNorm mean of the global gradient norms before clipping since the last report
 * @param learningRate of the last step
 * @param imagesPerSecond since this process began to train
 */
public record TrainReport(
    Position position,
    long totalSteps,
    double loss,
    double gradNorm,
    double learningRate,
    double imagesPerSecond) {}
