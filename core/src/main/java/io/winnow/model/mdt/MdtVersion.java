package io.winnow.model.mdt;

import io.winnow.diffusion.MaskRule;

/** The two published architectures. */
public enum MdtVersion {
  /** Plain blocks; a constant share of tokens is hidden. */
  V1("MDT") {
    @Override
    MaskRule maskRule(double ratio) {
      return MaskRule.constant(ratio);
    }
  },
  /** Long skips and a decoder that reads the patches again; the share is drawn per step. */
  V2("MDTv2") {
    @Override
    MaskRule maskRule(double ratio) {
      return MaskRule.drawn(ratio);
    }
  };

  private final String className;

  MdtVersion(String className) {
    this.className = className;
  }

  /** The class in the reference code. */
  public String className() {
    return className;
  }

  /** How many tokens are hidden in a masked pass. */
  abstract MaskRule maskRule(double ratio);
}
