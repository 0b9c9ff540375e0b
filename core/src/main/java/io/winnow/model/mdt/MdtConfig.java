package io.winnow.model.mdt;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * Shape of an {@link Mdt}, by the reference code's arguments.
 *
 * @param inputSize cells per side of the square input, a multiple of {@code patchSize}
 * @param patchSize cells per side of a token
 * @param inChannels C; 4 for latents
 * @param hiddenSize D, a multiple of 4 and of {@code numHeads}
 * @param depth number of blocks, the side block not counted
 * @param numHeads of every attention
 * @param mlpRatio hidden width of a block's perceptron over D
 * @param numClasses K; the label K stands for "no class"
 * @param classDropoutProb share of labels hidden in training; at 0 there is no null class
 * @param learnSigma whether C more output channels say where the variance lies
 * @param maskRatio share of tokens hidden in masked passes; null for a network without them
 * @param decodeLayer how many of the blocks come after the masked ones
 */
public record MdtConfig(
    MdtVersion version,
    int inputSize,
    int patchSize,
    int inChannels,
    int hiddenSize,
    int depth,
    int numHeads,
    double mlpRatio,
    int numClasses,
    double classDropoutProb,
    boolean learnSigma,
    @OrNull Double maskRatio,
    int decodeLayer) {

  /** The published sizes. */
  public enum Size {
    S(384, 12, 6),
    B(768, 12, 12),
    L(1024, 24, 16),
    XL(1152, 28, 16);

    private final int hiddenSize;
    private final int depth;
    private final int numHeads;

    Size(int hiddenSize, int depth, int numHeads) {
      this.hiddenSize = hiddenSize;
      this.depth = depth;
      this.numHeads = numHeads;
    }
  }

  public MdtConfig {
    Check.that(
        patchSize >= 1 && inputSize >= patchSize && inputSize % patchSize == 0,
        "inputSize is %s, but must be a multiple of patchSize (%s).",
        inputSize,
        patchSize);
    Check.that(inChannels >= 1, "inChannels is %s, but must be at least 1.", inChannels);
    Check.that(
        numHeads >= 1 && hiddenSize >= 4 && hiddenSize % numHeads == 0 && hiddenSize % 4 == 0,
        "hiddenSize is %s, but must be a multiple of 4 and of numHeads (%s).",
        hiddenSize,
        numHeads);
    Check.that(
        depth >= 1 && decodeLayer >= 0 && decodeLayer <= depth,
        "decodeLayer is %s, but must be in 0 .. depth (%s).",
        decodeLayer,
        depth);
    Check.that(mlpRatio > 0, "mlpRatio is %s, but must be above 0.", mlpRatio);
    Check.that(numClasses >= 1, "numClasses is %s, but must be at least 1.", numClasses);
    Check.that(
        classDropoutProb >= 0 && classDropoutProb < 1,
        "classDropoutProb is %s, but must be in [0, 1); 0.1 is the published one.",
        classDropoutProb);
    if (maskRatio != null) {
      version.maskRule(maskRatio); // refuses what it cannot keep
    }
  }

  /**
   * A published network of patch 2 on 4 x 32 x 32 latents (256 x 256 pixels) of 1000 classes, mask
   * ratio 0.3: {@code MDT_S_2}, {@code MDTv2_XL_2} and so on. The decoder has 2 blocks in version 1
   * and, as the reference's own script for size S, 6 in version 2.
   */
  public static MdtConfig published(MdtVersion version, Size size) {
    return new MdtConfig(
        version,
        32,
        2,
        4,
        size.hiddenSize,
        size.depth,
        size.numHeads,
        4,
        1000,
        0.1,
        true,
        0.3,
        version == MdtVersion.V1 ? 2 : 6);
  }

  /** Rows of the label table: the classes, and the null class where there is one. */
  public int classEmbeddings() {
    return numClasses + (classDropoutProb > 0 ? 1 : 0);
  }

  /** Tokens per row and column. */
  int grid() {
    return inputSize / patchSize;
  }

  /** L. */
  int tokens() {
    return grid() * grid();
  }

  /** Channels of the output. */
  int outChannels() {
    return learnSigma ? 2 * inChannels : inChannels;
  }
}
