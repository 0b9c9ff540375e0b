package io.winnow.encode;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * Which encoder, and how it runs.
 *
 * @param encoder one of {@link EncoderNames#ALL}
 * @param weights a file of weights, a folder of a trained classifier or (for {@code ddae}) of a
 *     diffusers model; or {@code train}, which only {@code resnet18-cifar} knows
 * @param batch images per call of the network
 * @param precision of the network on CUDA; a CPU always computes in float32
 * @param normalization statistics that a foreign file of {@code resnet18-cifar} was trained with,
 *     one of imagenet, cifar10, cifar100, tiny-imagenet (Moderate-DS), half; a classifier of
 *     Winnow's own and the other encoders bring theirs
 * @param training of {@code weights: train}
 * @param ddae where the features of a diffusion network are read
 */
public record EncodeConfig(
    String encoder,
    @OrNull String weights,
    int batch,
    Precision precision,
    @OrNull String normalization,
    ClassifierConfig training,
    DdaeConfig ddae) {
  /** The word that stands for "train one on the data set itself". */
  public static final String TRAIN = "train";

  public EncodeConfig {
    Check.that(
        EncoderNames.ALL.contains(encoder),
        "encoder is %s, but must be one of %s",
        encoder,
        String.join(", ", EncoderNames.ALL));
    Check.that(
        weights != null && !weights.isBlank(),
        "weights is missing; name the file of %s, or see winnow weights list",
        encoder);
    Check.that(
        !TRAIN.equals(weights) || encoder.equals(EncoderNames.RESNET18_CIFAR),
        "weights is train, but only %s is trained by Winnow; name the file of %s",
        EncoderNames.RESNET18_CIFAR,
        encoder);
    Check.that(batch >= 1, "batch is %s, but must be at least 1", batch);
    Check.that(
        normalization == null || Normalization.names().contains(normalization),
        "normalization is %s, but must be one of %s",
        normalization,
        Normalization.names());
  }

  /** The usual settings of an encoder: batches of 64, float32. */
  public static EncodeConfig of(String encoder, String weights) {
    return new EncodeConfig(
        encoder,
        weights,
        64,
        Precision.FLOAT32,
        null,
        ClassifierConfig.PUBLISHED,
        DdaeConfig.PUBLISHED);
  }

  /** Whether features depend on the seed: those of a diffusion network see noise. */
  public boolean draws() {
    return encoder.equals(EncoderNames.DDAE);
  }

  /** Whether the classifier is to be trained first. */
  public boolean trains() {
    return TRAIN.equals(weights);
  }
}
