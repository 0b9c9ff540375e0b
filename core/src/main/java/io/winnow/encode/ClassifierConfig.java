package io.winnow.encode;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.optim.Sgd;

/**
 * How the classifier is trained whose features are pruned ({@code weights: train}). The published
 * recipe of ResNet-18 on CIFAR (kuangliu/pytorch-cifar): width 64, 200 epochs, batch 128, rate 0.1,
 * momentum 0.9, weight decay 5e-4, crops with padding 4, flips.
 *
 * @param width channels of the first stage; the feature has eight times as many values
 * @param epochs passes over the training part
 * @param batch images per update
 * @param learningRate at the start; falls to 0 along half a cosine, update by update
 * @param momentum of SGD
 * @param weightDecay of every parameter
 * @param nesterov whether SGD looks ahead
 * @param labelSmoothing in [0, 1): share of the label that all classes have in equal parts
 * @param cropPadding black pixels on each side before a random crop to the old size; 0 for no crop
 * @param flip whether half of the images are mirrored left to right; off where direction matters
 * @param folds parts that the images are cut into to measure the accuracy, each by a further
 *     classifier trained on the other parts; null to measure it on the test split, if there is one.
 *     The classifier whose features are pruned learns from all images in either case
 */
public record ClassifierConfig(
    int width,
    int epochs,
    int batch,
    double learningRate,
    double momentum,
    double weightDecay,
    boolean nesterov,
    double labelSmoothing,
    int cropPadding,
    boolean flip,
    @OrNull Integer folds) {
  /** The published recipe. */
  public static final ClassifierConfig PUBLISHED =
      new ClassifierConfig(64, 200, 128, 0.1, 0.9, 5e-4, false, 0, 4, true, null);

  public ClassifierConfig {
    Check.that(
        width >= 4, "width is %s, but must be at least 4; the published network has 64", width);
    Check.that(epochs >= 1, "epochs is %s, but must be at least 1", epochs);
    Check.that(
        batch >= 2, "batch is %s, but must be at least 2: batch norms need several images", batch);
    Check.that(learningRate > 0, "learningRate is %s, but must be above 0", learningRate);
    Check.that(momentum >= 0 && momentum < 1, "momentum is %s, but must be in [0, 1)", momentum);
    Check.that(weightDecay >= 0, "weightDecay is %s, but must be at least 0", weightDecay);
    Check.that(
        !nesterov || momentum > 0,
        "nesterov is true, but needs a momentum above 0; it is %s",
        momentum);
    Check.that(
        labelSmoothing >= 0 && labelSmoothing < 1,
        "labelSmoothing is %s, but must be in [0, 1)",
        labelSmoothing);
    Check.that(cropPadding >= 0, "cropPadding is %s, but must be at least 0", cropPadding);
    Check.that(
        folds == null || folds >= 2,
        "folds is %s, but must be at least 2; null measures the accuracy on the test split",
        folds);
  }

  Sgd.Rule rule() {
    return new Sgd.Rule(momentum, weightDecay, nesterov);
  }
}
