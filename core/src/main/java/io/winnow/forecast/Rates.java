package io.winnow.forecast;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * What an hour costs. Neither has a default: what is not given is not told.
 *
 * @param perHour price of an hour, in the user's currency; null where it is not given
 * @param watts power of the machine at work; null where it is not given
 */
public record Rates(@OrNull Double perHour, @OrNull Double watts) {
  private static final double SECONDS_PER_HOUR = 3600;
  private static final double WATTS_PER_KILOWATT = 1000;

  public Rates {
    positive("--rate", perHour, "the price of an hour, such as 2.5");
    positive("--watts", watts, "the power of the machine at work, such as 300");
  }

  private static void positive(String option, @OrNull Double value, String what) {
    Check.that(
        value == null || (value >= 0 && value < Double.POSITIVE_INFINITY),
        "%s: %s; expected 0 or more, %s.",
        option,
        value,
        what);
  }

  /** The price of so many seconds; null without a rate. */
  @OrNull
  Double price(double seconds) {
    return perHour == null ? null : Double.valueOf(perHour * seconds / SECONDS_PER_HOUR);
  }

  /** The energy of so many seconds in kWh; null without watts. */
  @OrNull
  Double kilowattHours(double seconds) {
    return watts == null
        ? null
        : Double.valueOf(watts * seconds / SECONDS_PER_HOUR / WATTS_PER_KILOWATT);
  }
}
