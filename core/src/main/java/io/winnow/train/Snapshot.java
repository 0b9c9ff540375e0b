package io.winnow.train;

import java.util.Map;

/**
 * The small part of a checkpoint, {@code state.json}. It holds nothing that depends on time, so
 * that equal runs leave equal bytes.
 *
 * @param position how far the run is
 * @param lastLoss mean loss of the last report
 * @param tally sums since the last report
 * @param weighting state of the loss weighting, in its own form
 * @param identity what the run is made of, by name; a checkpoint of another run is refused
 */
@SuppressWarnings("ArrayRecordComponent") // written once, read once, never compared
record Snapshot(
    Position position,
    double lastLoss,
    double[] tally,
    String weighting,
    Map<String, String> identity) {}
