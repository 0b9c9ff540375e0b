package io.winnow.reweight;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the outcome of a reweighting is worth: whether weights were learnt, and what to doubt. */
final class Verdict {
  private static final double CLIPPED_TOO_OFTEN = 0.95;
  private static final double CLEAR = 2;
  private static final double STRONG_ENOUGH = 0.05;
  private static final double SETTLED = 2;

  private final ReweightConfig config;
  private final Mixture mixture;

  Verdict(ReweightConfig config, Mixture mixture) {
    this.config = config;
    this.mixture = mixture;
  }

  /** Whether the weights carry what a reference that is ahead of the proxy had to say. */
  boolean learnt() {
    return refusals().isEmpty();
  }

  /** Why the weights were not learnt, or else what makes them doubtful. */
  List<String> warnings() {
    List<String> refusals = refusals();
    return refusals.isEmpty() ? doubts() : refusals;
  }

  private List<String> refusals() {
    List<String> refusals = new ArrayList<>();
    if (mixture.counted() == 0) {
      refusals.add(
          "the run ended within its warm-up of "
              + mixture.step()
              + " updates, so that no weights were learnt; they are those it started from. "
              + (config.warmupSteps() == null
                  ? "Give the proxy more epochs: its loss has to fall below 1.5 times the"
                      + " reference's."
                  : "Give the proxy more epochs, or lower warmupSteps."));
    } else if (mixture.clipped().share() > CLIPPED_TOO_OFTEN) {
      refusals.add(
          text(
              "%.1f %% of the margins are zero or below: the reference is no better than the proxy,"
                  + " the weights carry no information and were not learnt. Train the reference for"
                  + " longer.",
              100 * mixture.clipped().share()));
    } else if (!config.etaIsNumber() && mixture.eta() == 0) {
      refusals.add(
          "all classes have the same signal, so that eta: "
              + config.eta()
              + " is 0 and no weights were learnt");
    }
    return refusals;
  }

  private List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    if (mixture.signalToNoise() < CLEAR) {
      doubts.add(
          text(
              "the classes' mean margins end %.2f standard errors apart (MAD / SE), fewer than 2:"
                  + " the weights are noise. Give the proxy more epochs or a larger batch.",
              mixture.signalToNoise()));
    }
    if (mixture.strength() < STRONG_ENOUGH) {
      doubts.add(
          text(
              "the strength eta * spread / smoothing ends at %.3g, below 0.05: the weights hardly"
                  + " move. Use eta: auto, or a larger eta.",
              mixture.strength()));
    }
    if ((double) mixture.counted() < SETTLED / config.smoothing()) {
      doubts.add(
          text(
              "%d updates counted after the warm-up, fewer than 2 / smoothing = %.0f: the mixture"
                  + " has not settled. Give the proxy more epochs, or a larger smoothing.",
              mixture.counted(), SETTLED / config.smoothing()));
    }
    if (mixture.clipped().grows()) {
      doubts.add(
          text(
              "the share of margins at zero or below grew from %.0f %% to %.0f %%: the proxy"
                  + " overtakes the reference. Train the reference for longer.",
              100 * mixture.clipped().quarter(0), 100 * mixture.clipped().quarter(3)));
    }
    return doubts;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
