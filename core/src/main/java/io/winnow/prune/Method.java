package io.winnow.prune;

/** Scores with a name. */
public enum Method {
  /** No score: a seeded draw of every class. */
  UNIFORM,
  /** Gaussian log-density. */
  GAUSSIAN,
  /** Distance to the class centre, the middle of it kept. */
  MODERATE,
  /** The same as the published code runs it: median, band, over the whole set. */
  MODERATE_OFFICIAL,
  /** Likelihood of a probabilistic PCA. */
  PPCA,
  /** Distance to the fifth nearest neighbour. */
  NEAREST_NEIGHBOURS
}
