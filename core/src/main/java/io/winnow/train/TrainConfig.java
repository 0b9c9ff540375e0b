package io.winnow.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Parameterization;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.optim.GradientClip;
import io.winnow.optim.Optimizer;
import io.winnow.optim.OptimizerConfig;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The {@code train} part of a recipe. The values of the paper's CIFAR-10 runs: 2000 epochs (over
 * the coreset), batch 128, learning rate 1e-4, 13 epochs of warm-up, clip at 1, average 0.9999.
 *
 * @param epochs passes over whatever set is active; null where {@code steps} is given
 * @param steps optimiser steps, for runs at equal budget; null where {@code epochs} is given
 * @param batch images per optimiser step; the last, shorter batch of an epoch is kept
 * @param microBatch images per forward pass; null for the whole batch. Changes memory, and the
 *     result by rounding and dropout masks alone
 * @param learningRate after the warm-up
 * @param warmupEpochs epochs of linear warm-up: epoch e uses min((e + 1) / warmupEpochs, 1)
 * @param adam constants of Adam where {@code optimizer} is null
 * @param optimizer another optimiser, or Adam with its constants; null for Adam with those of
 *     {@code adam}, which is then absent from hashes as {@code minSnr} is
 * @param ema largest decay of the moving average of the weights
 * @param gradientClip global norm at which gradients are cut; null for no cut, or where the
 *     optimiser has one of its own
 * @param minSnr gamma of the min-SNR weights of the loss by time step (5 as published; smaller ones
 *     give fine noise levels less weight); null for none. Absent from hashes where it is null, so
 *     that runs of versions without it go on
 * @param prediction what the network's output stands for; null for eps, also where eps is named,
 *     and then absent from hashes as {@code minSnr} is
 * @param flip whether images are mirrored with probability 1/2
 * @param anneal share of the run on the coreset before everything is used (0.875 in the paper);
 *     null to stay on the coreset
 * @param annealWeights whether weights per class stay on once everything is used
 * @param weightsAs how weights per class enter: the loss, or the drawing of samples
 * @param reportSteps optimiser steps between reports; the loss is read from the device only then
 * @param infobatch dynamic pruning in the place of annealing, over a number of steps; null for
 *     none, and then absent from hashes as {@code minSnr} is
 * @param dataWarmup simple images first; null for none, and then absent from hashes as {@code
 *     minSnr} is
 */
public record TrainConfig(
    @OrNull Integer epochs,
    @OrNull Long steps,
    int batch,
    @OrNull Integer microBatch,
    double learningRate,
    int warmupEpochs,
    AdamConfig adam,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull OptimizerConfig optimizer,
    double ema,
    EmaRule emaRule,
    @OrNull Double gradientClip,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull Double minSnr,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull Parameterization prediction,
    boolean flip,
    @OrNull Double anneal,
    AnnealWeights annealWeights,
    WeightsAs weightsAs,
    CheckpointRule checkpoint,
    int reportSteps,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull InfoBatchConfig infobatch,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull DataWarmupConfig dataWarmup) {

  /** Weights per class in the full phase of annealing. */
  public enum AnnealWeights {
    OFF,
    KEEP
  }

  /** The two ways of training on a weighted subset. */
  public enum WeightsAs {
    LOSS,
    SAMPLING
  }

  /**
   * When checkpoints are written, besides the end and a request to stop. Whichever comes first.
   *
   * @param seconds since the last one; null for never
   * @param steps since the start; null for never
   * @param epochs between checkpoints at ends of epochs; null for never
   */
  public record CheckpointRule(
      @OrNull Integer seconds, @OrNull Integer steps, @OrNull Integer epochs) {
    public CheckpointRule {
      positive("seconds", seconds);
      positive("steps", steps);
      positive("epochs", epochs);
    }
  }

  public TrainConfig {
    Check.that(
        (epochs == null) != (steps == null),
        "%s. Give one of the two: epochs (passes over the active set) or steps (updates).",
        epochs == null ? "epochs and steps are both absent" : "epochs and steps are both given");
    positive("epochs", epochs);
    Check.that(steps == null || steps >= 1, "steps is %s, but must be at least 1.", steps);
    positive("batch", batch);
    Check.that(
        microBatch == null || (microBatch >= 1 && microBatch <= batch),
        "microBatch is %s, but must be from 1 to batch (%s).",
        microBatch,
        batch);
    Check.that(
        learningRate > 0 && learningRate < Double.POSITIVE_INFINITY,
        "learningRate is %s, but must be above 0; 1e-4 is the paper's.",
        learningRate);
    Check.that(
        optimizer == null || adam.equals(AdamConfig.DEFAULT),
        "adam is given beside optimizer, which has constants of its own. Write them there, or take"
            + " optimizer out.");
    Check.that(warmupEpochs >= 0, "warmupEpochs is %s, but must be 0 or more.", warmupEpochs);
    Check.that(ema >= 0 && ema < 1, "ema is %s, but must be in [0, 1); 0.9999 is common.", ema);
    Check.that(
        gradientClip == null || gradientClip > 0,
        "gradientClip is %s, but must be above 0, or null for no clip.",
        gradientClip);
    Check.that(
        gradientClip == null || optimizer == null || optimizer.clip() == null,
        "gradientClip is %s, but optimizer clips by its own maxGradNorm; expected one of the two."
            + " Write gradientClip: null.",
        gradientClip);
    Check.that(
        minSnr == null || prediction != Parameterization.FM,
        "minSnr is %s, but prediction is fm, which has no noise levels to weight; expected null.",
        minSnr);
    Check.that(
        minSnr == null || minSnr > 0,
        "minSnr is %s, but must be above 0; 5 is the published one. null gives every noise level"
            + " the same weight.",
        minSnr);
    prediction = prediction == Parameterization.EPS ? null : prediction;
    Check.that(
        anneal == null || (anneal > 0 && anneal < 1),
        "anneal is %s, but must be in (0, 1), the share of the run on the coreset; 0.875 is the"
            + " paper's. null switches annealing off.",
        anneal);
    positive("reportSteps", reportSteps);
    Check.that(
        infobatch == null || steps != null,
        "infobatch is given with epochs, whose length it changes. Give steps in their place, so"
            + " that runs are compared at equal updates.");
    Check.that(
        infobatch == null || anneal == null,
        "infobatch is given beside anneal; its own delta is the share of the run that prunes. Write"
            + " anneal: null.");
    Check.that(
        infobatch == null || weightsAs == WeightsAs.LOSS,
        "infobatch is given with weightsAs: sampling, but its epochs visit images by their losses."
            + " Write weightsAs: loss.");
    Check.that(
        dataWarmup == null || infobatch == null,
        "dataWarmup is given beside infobatch; both choose what an epoch visits. Take one out.");
    Check.that(
        dataWarmup == null || weightsAs == WeightsAs.LOSS,
        "dataWarmup is given with weightsAs: sampling, but draws images by their scores. Write"
            + " weightsAs: loss.");
  }

  /**
   * A plain training by Adam: no warm-up, no flips, no annealing, average and clip of the paper, a
   * checkpoint at the end and where a stop is requested.
   */
  public static TrainConfig plain(int epochs, int batch, double learningRate) {
    return new TrainConfig(
        epochs,
        null,
        batch,
        null,
        learningRate,
        0,
        AdamConfig.DEFAULT,
        null,
        0.9999,
        EmaRule.RAMP,
        1.0,
        null,
        null,
        false,
        null,
        AnnealWeights.OFF,
        WeightsAs.LOSS,
        new CheckpointRule(null, null, null),
        50,
        null,
        null);
  }

  /** What the network's output stands for. */
  public Parameterization parameterization() {
    return prediction == null ? Parameterization.EPS : prediction;
  }

  /**
   * The optimiser in its initial state.
   *
   * @param parameters by name, in their final place
   */
  Optimizer optimizer(Map<String, Tensor> parameters) {
    return rule().optimizer(parameters);
  }

  /** What clips the gradients; null for nothing. */
  @OrNull
  GradientClip clip() {
    GradientClip own = rule().clip();
    return own != null || gradientClip == null ? own : new GradientClip(gradientClip);
  }

  /** The optimiser's rule and constants. */
  OptimizerConfig rule() {
    return optimizer == null
        ? new OptimizerConfig.Coupled(adam.beta1(), adam.beta2(), adam.eps(), adam.weightDecay())
        : optimizer;
  }

  private static void positive(String name, Integer value) {
    Check.that(value == null || value >= 1, "%s is %s, but must be at least 1.", name, value);
  }
}
