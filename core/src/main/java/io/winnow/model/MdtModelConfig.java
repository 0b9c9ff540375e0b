package io.winnow.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.Tag;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtConfig;
import io.winnow.model.mdt.MdtVersion;

/**
 * A class-conditional masked diffusion transformer (mdt.md, sections 1 to 4). Size S has width 384,
 * depth 12 and 6 heads, B 768, 12 and 12, XL 1152, 28 and 16.
 *
 * @param version 1 or 2
 * @param space what it denoises
 * @param patch cells per side of a token
 * @param width of a token, a multiple of 4 and of {@code heads}
 * @param depth number of blocks, the side block not counted
 * @param decodeLayer how many of them come after the masked ones
 * @param maskRatio share of tokens hidden in the second pass of a training step; null for one pass
 * @param learnSigma whether it learns the variance of a step, too
 */
@Tag("mdt")
@JsonTypeName("MDT")
public record MdtModelConfig(
    int version,
    Space space,
    int patch,
    int width,
    int depth,
    int heads,
    int decodeLayer,
    @OrNull Double maskRatio,
    boolean learnSigma,
    double labelDropout,
    Schedule schedule)
    implements ModelConfig {
  private static final int MLP_RATIO = 4;

  /** What a network denoises, from images of 3 channels. */
  public enum Space {
    /** The images. */
    PIXELS(3),
    /** Their latents, of 4 channels. */
    LATENTS(4);

    private final int channels;

    Space(int channels) {
      this.channels = channels;
    }
  }

  public MdtModelConfig {
    Check.that(version == 1 || version == 2, "version is %s, but must be 1 or 2.", version);
    Check.that(patch >= 1, "patch is %s, but must be at least 1.", patch);
    Check.that(
        labelDropout > 0 && labelDropout < 1,
        "labelDropout is %s, but must be in (0, 1); the paper has 0.1.",
        labelDropout);
    Check.that(
        heads >= 1 && width >= 4 && width % heads == 0 && width % 4 == 0,
        "width is %s, but must be a multiple of 4 and of heads (%s).",
        width,
        heads);
    Check.that(
        decodeLayer >= 0 && decodeLayer <= depth,
        "decodeLayer is %s, but must be in 0 .. depth (%s).",
        decodeLayer,
        depth);
    Check.that(
        maskRatio == null || (maskRatio >= 0 && maskRatio < 0.8),
        "maskRatio is %s, but must be in [0, 0.8); 0.3 is the published one.",
        maskRatio);
  }

  @Override
  public boolean latent() {
    return space == Space.LATENTS;
  }

  @Override
  public int channels() {
    return space.channels;
  }

  @Override
  public DenoisingNetwork network(int height, int cellsWide, int classCount) {
    return new Mdt(shape(height, cellsWide, classCount));
  }

  @Override
  public void requireFits(int height, int cellsWide, int classCount) {
    shape(height, cellsWide, classCount);
  }

  @Override
  public SchedulerConfig scheduler(Parameterization parameterization) {
    if (!learnSigma) {
      return ModelConfig.super.scheduler(parameterization);
    }
    if (parameterization == Parameterization.FM) {
      throw new IllegalArgumentException(
          "model.learnSigma: true, but train.prediction is fm, and straight paths have no variance to"
              + " learn; expected false. Set model.learnSigma: false, or train.prediction: eps.");
    }
    return SchedulerConfig.learnedRange(schedule.config(), parameterization);
  }

  /**
   * The shape of the network.
   *
   * @param height of what it denoises, which is square, in pixels or in cells of latents
   */
  MdtConfig shape(int height, int cellsWide, int classCount) {
    if (height != cellsWide || height % patch != 0) {
      String what = latent() ? "a latent has %d x %d cells" : "the image has %d x %d pixels";
      throw new IllegalArgumentException(
          "model.patch: %d, but %s; expected a square of a multiple of %d."
                  .formatted(patch, what.formatted(height, cellsWide), patch)
              + " Use another patch, or another dataset.size.");
    }
    return new MdtConfig(
        version == 1 ? MdtVersion.V1 : MdtVersion.V2,
        height,
        patch,
        space.channels,
        width,
        depth,
        heads,
        MLP_RATIO,
        classCount,
        labelDropout,
        learnSigma,
        maskRatio,
        decodeLayer);
  }
}
