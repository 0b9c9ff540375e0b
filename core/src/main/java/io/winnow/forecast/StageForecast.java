package io.winnow.forecast;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.OrNull;

/**
 * What one stage will cost.
 *
 * @param stage its name, as in {@code run.json}
 * @param state whether it has to run
 * @param units steps: updates, batches, or sampler steps of single images; 0 where it does not run
 * @param images that go through it; 0 where it does not run
 * @param seconds 0 where it does not run
 * @param peakBytes most memory at once: of the process, or of the device where that is CUDA; null
 *     where it does not run or was not measured
 * @param diskBytes that it leaves; 0 where it does not run
 * @param price null without a rate
 * @param kilowattHours null without watts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageForecast(
    String stage,
    State state,
    long units,
    long images,
    double seconds,
    @OrNull Long peakBytes,
    long diskBytes,
    @OrNull Double price,
    @OrNull Double kilowattHours) {

  /** Whether a stage has to run. */
  public enum State {
    /** It is up to date in the run's folder. */
    DONE,
    /** The store has what it would make. */
    STORED,
    TO_RUN
  }

  /** Of a stage that need not run. */
  public static StageForecast free(String stage, State state) {
    return new StageForecast(stage, state, 0, 0, 0, null, 0, null, null);
  }

  /** Of a stage that has to run. */
  public static StageForecast of(
      String stage,
      Work work,
      double seconds,
      @OrNull Long peakBytes,
      long diskBytes,
      Rates rates) {
    return new StageForecast(
        stage,
        State.TO_RUN,
        work.units(),
        work.images(),
        seconds,
        peakBytes,
        diskBytes,
        rates.price(seconds),
        rates.kilowattHours(seconds));
  }

  /**
   * The same stage of two runs, each in its turn.
   *
   * @throws IllegalArgumentException when the stages have different names
   */
  public StageForecast and(StageForecast other) {
    if (!stage.equals(other.stage)) {
      throw new IllegalArgumentException(stage + " and " + other.stage + ": expected one stage.");
    }
    return new StageForecast(
        stage,
        state == State.TO_RUN ? state : other.state,
        units + other.units,
        images + other.images,
        seconds + other.seconds,
        peakBytes == null || (other.peakBytes != null && other.peakBytes > peakBytes)
            ? other.peakBytes
            : peakBytes,
        diskBytes + other.diskBytes,
        sum(price, other.price),
        sum(kilowattHours, other.kilowattHours));
  }

  private static @OrNull Double sum(@OrNull Double a, @OrNull Double b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a + b;
  }
}
