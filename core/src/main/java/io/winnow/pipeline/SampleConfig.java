package io.winnow.pipeline;

import io.winnow.config.Check;
import io.winnow.diffusion.SamplerConfig;

/**
 * The part of a recipe that is about drawing samples.
 *
 * @param sampler which steps are taken
 * @param guidanceWeight w of (1 + w) cond - w uncond; 0 for plain conditional samples
 * @param count samples in all
 * @param batch samples at a time; changes speed and memory alone
 * @param weights which of the model's weights
 * @param labels which classes are asked for
 * @param format how samples are stored
 */
public record SampleConfig(
    SamplerConfig sampler,
    double guidanceWeight,
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

  public SampleConfig {
    Check.that(
        guidanceWeight >= 0,
        "guidanceWeight is %s, but must be at least 0; the paper has 0.3.",
        guidanceWeight);
    Check.that(count >= 1, "count is %s, but must be at least 1.", count);
    Check.that(batch >= 1, "batch is %s, but must be at least 1.", batch);
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
