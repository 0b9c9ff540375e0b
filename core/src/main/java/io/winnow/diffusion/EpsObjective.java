package io.winnow.diffusion;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The training objective of a network that predicts eps (eq. 14 of Ho et al., 2020). */
public final class EpsObjective {
  private EpsObjective() {}

  /**
   * Squared error of every image: the mean over channels and pixels, so that the mean over the
   * batch is the usual loss and class weights can be put on the images.
   *
   * @param epsPrediction [B, C, H, W]
   * @param eps the noise that was added, [B, C, H, W]
   * @return {@code [B]}, float32
   */
  public static Tensor perSampleLoss(Tensor epsPrediction, Tensor eps) {
    return epsPrediction.to(torch.ScalarType.Float).sub(eps).square().mean(1, 2, 3);
  }

  /**
   * Label dropout for classifier-free guidance: each label becomes the null class with a
   * probability, independent of everything else.
   *
   * @param y labels, [B], int64
   * @param uniform draws in [0, 1), [B]
   * @return {@code [B]}, int64
   */
  public static Tensor dropLabels(Tensor y, Tensor uniform, double probability, int nullClass) {
    return torch.where(
        uniform.lt(new Scalar(probability)), torch.full_like(y, new Scalar(nullClass)), y);
  }
}
