package io.winnow.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.Guided;
import io.winnow.diffusion.PowerCosineGuided;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.diffusion.SchedulerConfig;

/**
 * The part of a recipe that is about drawing samples.
 *
 * @param sampler which steps are taken
 * @param guidanceWeight w of (1 + w) cond - w uncond; 0 for plain conditional samples; null where
 *     the scale is given
 * @param guidanceScale s of uncond + s (cond - uncond), which is 1 + w, as tools for Stable
 *     Diffusion have it; null where the weight is given, and then absent from hashes
 * @param powerCosine guidance that grows to {@code guidanceWeight} as the noise falls; null for the
 *     same at all steps, and then absent from hashes, so that runs of versions without it go on
 * @param count samples in all
 * @param batch samples at a time; changes speed and memory alone
 * @param weights which of the model's weights
 * @param labels which classes are asked for
 * @param format how samples are stored
 */
public record SampleConfig(
    SamplerConfig sampler,
    @OrNull Double guidanceWeight,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull Double guidanceScale,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull PowerCosine powerCosine,
    int count,
    int batch,
    Weights weights,
    Labels labels,
    Format format) {

  /** Two sets of weights that training leaves. */
  public enum Weights {
    /** The moving average. */
    EMA,
    /** As the last step left them. */
    RAW
  }

  /** Which class each sample is asked for. */
  public enum Labels {
    /** Classes in turn: as many samples of each. */
    BALANCED,
    /** In the proportions of the data set, the one that samples are measured against. */
    DATA
  }

  /** Forms of a set of samples. */
  public enum Format {
    /** A PNG per sample in a folder per class. */
    PNG,
    /** One {@code samples.npz} as the ADM evaluator reads it: arr_0 uint8 NHWC, arr_1 labels. */
    NPZ
  }

  /**
   * How the scale of the guidance, 1 + w, grows from 1: {@link PowerCosineGuided}.
   *
   * @param power larger is later; 4 in the published code
   * @param channels how many of those that stand for noise are guided, 3 in the published code;
   *     null for all
   */
  public record PowerCosine(double power, @OrNull Integer channels) {
    public PowerCosine {
      Check.that(power > 0, "power is %s, but must be above 0; 4 is the published one.", power);
      Check.that(
          channels == null || channels >= 1,
          "channels is %s, but must be at least 1, or null for all.",
          channels);
    }
  }

  public SampleConfig {
    Check.that(
        guidanceWeight == null || guidanceScale == null,
        "guidanceScale is %s, but guidanceWeight is %s, and both say how strong guidance is (scale ="
            + " 1 + weight). Write guidanceWeight: null, or take the scale out.",
        guidanceScale,
        guidanceWeight);
    Check.that(
        guidanceWeight != null || guidanceScale != null,
        "guidanceWeight is null, and so is guidanceScale; expected one of the two. 0.3 is the paper's"
            + " weight, 5 its scale for Stable Diffusion.");
    Check.that(
        guidanceScale == null || guidanceScale >= 1,
        "guidanceScale is %s, but must be at least 1, which is no guidance; 5 is common.",
        guidanceScale);
    Check.that(
        guidanceWeight == null || guidanceWeight >= 0,
        "guidanceWeight is %s, but must be at least 0; the paper has 0.3.",
        guidanceWeight);
    Check.that(
        powerCosine == null || strength(guidanceWeight, guidanceScale).weight() > 0,
        "guidanceWeight is %s, but powerCosine says how guidance grows to it; expected a weight above"
            + " 0. The published one is 2.8 (scale 3.8).",
        strength(guidanceWeight, guidanceScale).weight());
    Check.that(count >= 1, "count is %s, but must be at least 1.", count);
    Check.that(batch >= 1, "batch is %s, but must be at least 1.", batch);
  }

  /** How strong guidance is, in the convention that it was given in. */
  public GuidanceStrength guidance() {
    return strength(guidanceWeight, guidanceScale);
  }

  private static GuidanceStrength strength(@OrNull Double weight, @OrNull Double scale) {
    return scale == null ? GuidanceStrength.ofWeight(weight) : GuidanceStrength.ofScale(scale);
  }

  /**
   * A network under this guidance.
   *
   * @param scheduler that it was trained with
   * @param channels C of the samples
   * @param nullClass the label that stands for none
   */
  Denoiser guided(Denoiser network, SchedulerConfig scheduler, int channels, int nullClass) {
    if (powerCosine == null) {
      return new Guided(network, guidance().weight(), nullClass);
    }
    requireFits(channels);
    int guided = powerCosine.channels() == null ? channels : powerCosine.channels();
    int trainSteps = scheduler.schedule().trainSteps();
    double scale = guidance().scale();
    PowerCosineGuided.Rule rule =
        new PowerCosineGuided.Rule(scale, powerCosine.power(), trainSteps, guided);
    return new PowerCosineGuided(network, rule, nullClass);
  }

  /** Refuses guidance of more channels than samples have. */
  void requireFits(int channels) {
    Integer guided = powerCosine == null ? null : powerCosine.channels();
    if (guided != null && guided > channels) {
      throw new IllegalArgumentException(
          "sample.powerCosine.channels: %d, but samples have %d; expected at most as many, or null."
              .formatted(guided, channels));
    }
  }

  /** The sampler and what is not plain about its guidance, in words. */
  String describe() {
    return powerCosine == null
        ? sampler.describe()
        : sampler.describe() + ", power-cosine guidance " + powerCosine.power();
  }

  /**
   * The class of every sample.
   *
   * @param data labels of the data set's images
   * @param classes K
   */
  int[] labelsOf(int[] data, int classes) {
    if (labels == Labels.BALANCED) {
      return SampleLabels.inTurn(classes, count);
    }
    long[] sizes = new long[classes];
    for (int label : data) {
      sizes[label]++;
    }
    return SampleLabels.inProportion(sizes, count);
  }
}
