package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.forecast.Rates;
import io.winnow.forecast.StageForecast;
import io.winnow.forecast.UnitCost;
import io.winnow.forecast.Work;

/**
 * What a stage cost when it was tried.
 *
 * @param peakBytes most memory at once; null where it was not looked at
 * @param diskOnce bytes that it leaves however much there is to do
 * @param diskPerImage bytes that it leaves for every image
 */
record Measured(UnitCost cost, @OrNull Long peakBytes, long diskOnce, double diskPerImage) {
  /** Of a stage that leaves nothing to speak of. */
  Measured(UnitCost cost, @OrNull Long peakBytes) {
    this(cost, peakBytes, 0, 0);
  }

  /** What so much work will cost. */
  StageForecast forecast(String stage, Work work, Rates rates) {
    return StageForecast.of(
        stage,
        work,
        cost.seconds(work),
        peakBytes,
        diskOnce + Math.round(diskPerImage * work.images()),
        rates);
  }
}
