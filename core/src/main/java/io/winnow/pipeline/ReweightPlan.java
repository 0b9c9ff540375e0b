package io.winnow.pipeline;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.reweight.ReweightConfig;
import io.winnow.train.TrainConfig;

/**
 * The part of a recipe that is about weights per class: a proxy is trained on the coreset against a
 * frozen reference that saw everything (section III-C of the paper), by group DRO without one, or
 * nothing is trained and rare classes weigh more.
 *
 * @param enabled without it every class weighs the same, and neither proxy nor reference is trained
 * @param settings of the algorithm
 * @param proxy how long the proxy is trained
 * @param reference where the reference comes from
 * @param baseline whether the same model is also trained and measured without weights, for the
 *     comparison of figure 2
 */
public record ReweightPlan(
    boolean enabled, ReweightConfig settings, Length proxy, Reference reference, boolean baseline) {

  /**
   * The length of a training whose other settings are those of the model's.
   *
   * @param epochs null for the model's
   */
  public record Length(@OrNull Integer epochs) {
    public Length {
      Check.that(epochs == null || epochs >= 1, "epochs is %s, but must be at least 1.", epochs);
    }
  }

  /**
   * The reference.
   *
   * @param path a diffusers folder of a trained network of the model's shape; null to train one on
   *     the full data set
   * @param epochs of that training; null for the model's
   */
  public record Reference(@OrNull String path, @OrNull Integer epochs) {
    public Reference {
      Check.that(epochs == null || epochs >= 1, "epochs is %s, but must be at least 1.", epochs);
    }
  }

  /** Whether a reference is trained for this run. */
  boolean trainsReference() {
    return enabled && settings.needsReference() && reference.path() == null;
  }

  /**
   * The model's training with another length and without annealing. Weights per class are none of
   * its business, so that how the model takes them decides nothing here.
   *
   * <p>The warm-up keeps its share of the training: it shrinks with the epochs, lasts one at least
   * and half of them at most, and is never longer than the model's. So a short training reaches its
   * learning rate as well. One of the model's own epochs is left as it is.
   *
   * @param images that are trained on: how long an epoch is, where the model's length is in steps
   */
  static TrainConfig lasting(TrainConfig train, @OrNull Integer epochs, int images) {
    boolean own = epochs != null;
    return new TrainConfig(
        own ? epochs : train.epochs(),
        own ? null : train.steps(),
        train.batch(),
        train.microBatch(),
        train.learningRate(),
        warmup(train, epochs, images),
        train.adam(),
        train.optimizer(),
        train.ema(),
        train.emaRule(),
        train.gradientClip(),
        train.minSnr(),
        train.prediction(),
        train.flip(),
        null,
        TrainConfig.AnnealWeights.OFF,
        TrainConfig.WeightsAs.LOSS,
        train.checkpoint(),
        train.reportSteps(),
        null,
        null);
  }

  private static int warmup(TrainConfig train, @OrNull Integer epochs, int images) {
    if (epochs == null && train.epochs() != null) {
      return train.warmupEpochs();
    }
    long stepsPerEpoch = (images + train.batch() - 1L) / train.batch();
    double models =
        train.epochs() != null ? train.epochs() : train.steps() / (double) stepsPerEpoch;
    double own = epochs != null ? epochs : models;
    double scaled = Math.ceil(train.warmupEpochs() * Math.min(1, own / models));
    return (int) Math.min(scaled, Math.max(1, Math.floor(own / 2)));
  }
}
