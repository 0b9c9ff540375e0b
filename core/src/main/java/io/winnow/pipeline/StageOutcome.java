package io.winnow.pipeline;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;

/**
 * What is to be said of a stage that ran.
 *
 * @param images images that went through a network or a decoder in all
 * @param note what the user should know, null when nothing
 * @param training for the record; null where nothing was trained
 * @param sampling for the record; null where nothing was drawn
 */
record StageOutcome(
    long images,
    @OrNull String note,
    @OrNull RunRecord.Training training,
    @OrNull RunRecord.Sampling sampling) {
  StageOutcome(long images, @OrNull String note) {
    this(images, note, null, null);
  }
}
