package io.winnow.prune;

/** What the distance of moderate selection is measured from. */
public enum Center {
  /** Coordinate-wise median of the class: the published code, and the paper's words. */
  MEDIAN,
  /** Mean of the class: the words of the Moderate-DS article. */
  MEAN
}
