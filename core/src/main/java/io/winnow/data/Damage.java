package io.winnow.data;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * What is done to a data set to see whether a selection finds it. Shares are of every class, and
 * everything takes the place of images of the class, so that its size stays.
 *
 * @param outliers share of images of another data set under the class's label, in [0, 1]
 * @param nearDuplicates share of near-duplicates: of an image of the class, shifted by up to a
 *     pixel and by a few grey levels
 * @param originals number of images, over all classes, that these repeat
 * @param wrongLabels share of images that lie in another class than their own
 * @param longTail how the classes' sizes fall; null to leave them
 */
public record Damage(
    double outliers,
    double nearDuplicates,
    int originals,
    double wrongLabels,
    @OrNull LongTail longTail) {
  /** Nothing. */
  public static final Damage NONE = new Damage(0, 0, 500, 0, null);

  /**
   * Sizes of the classes that fall exponentially in the order of the labels, n_k = floor(most
   * (least / most)^(k / (K - 1))) as in CIFAR-LT (Cui et al., 2019, {@code get_img_num_per_cls}).
   *
   * @param most images of the first class
   * @param least images of the last
   */
  public record LongTail(int most, int least) {
    public LongTail {
      Check.that(
          least >= 1 && least <= most,
          "the long tail runs from %s images to %s; expected 1 at least, and no more than at first.",
          most,
          least);
    }

    int size(int label, int classes) {
      if (classes == 1) {
        return most;
      }
      double share = (double) label / (classes - 1);
      return (int) (most * Math.pow((double) least / most, share));
    }
  }

  public Damage {
    share("outliers", outliers);
    share("near-duplicates", nearDuplicates);
    share("wrong labels", wrongLabels);
    Check.that(
        outliers + nearDuplicates + wrongLabels <= 1,
        "outliers, near-duplicates and wrong labels are %s together, but must be 1 at most.",
        outliers + nearDuplicates + wrongLabels);
    Check.that(
        originals >= 1, "the near-duplicates repeat %s images; expected 1 at least.", originals);
  }

  private static void share(String name, double share) {
    Check.that(share >= 0 && share <= 1, "%s is %s, but must be in [0, 1].", name, share);
  }
}
