package io.winnow.train;

/**
 * What a finished run did.
 *
 * @param lastLoss mean batch loss of the last report
 * @param seconds spent in this process; less than the whole where the run was resumed
 * @param images processed in this process
 */
public record TrainResult(Position position, double lastLoss, double seconds, long images) {}
