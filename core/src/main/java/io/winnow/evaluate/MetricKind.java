package io.winnow.evaluate;

import java.util.Locale;

/** Metrics by the names that recipes and commands use: lower case, with hyphens. */
public enum MetricKind {
  /** Frechet distance in the features of the chosen encoder. */
  FD,
  /** The same, class by class. */
  CLASS_FD,
  /** Frechet distance in the features of the FID Inception network. */
  FID,
  /** The same, class by class. */
  CLASS_FID,
  /** Frechet distance on the Inception network's spatial values. */
  SFID,
  /** Kernel distance. */
  KID,
  /** Inception Score. */
  INCEPTION_SCORE,
  /** Precision, recall, density and coverage. */
  PRECISION_RECALL,
  /** Maximum mean discrepancy of CLIP embeddings. */
  CMMD,
  /** Frechet distance on DINOv2 class tokens. */
  FD_DINOV2,
  /** Frechet distance extrapolated to infinitely many samples. */
  FD_INFINITY,
  /** Share of the samples that a classifier puts into the class they were asked for. */
  CLASS_AGREEMENT,
  /** Nearest-training-image distances of samples against those of held-out images. */
  MEMORISATION;

  /** As it is written. */
  public String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Reads a name.
   *
   * @throws IllegalArgumentException listing the names there are
   */
  public static MetricKind parse(String text) {
    StringBuilder known = new StringBuilder();
    for (MetricKind kind : values()) {
      if (kind.slug().equals(text.strip().toLowerCase(Locale.ROOT))) {
        return kind;
      }
      known.append(known.length() == 0 ? "" : ", ").append(kind.slug());
    }
    throw new IllegalArgumentException(
        "metric \"" + text + "\" is unknown; expected one of " + known + ".");
  }

  /** Whether it is one Frechet distance between all samples and all of the reference. */
  boolean pooledDistance() {
    return this == FD || this == FID || this == SFID || this == FD_DINOV2;
  }

  /** Whether statistics of the reference are enough. */
  boolean frechet() {
    return pooledDistance() || this == FD_INFINITY;
  }

  /** Whether there is one value per class. */
  public boolean byClass() {
    return this == CLASS_FD || this == CLASS_FID;
  }
}
