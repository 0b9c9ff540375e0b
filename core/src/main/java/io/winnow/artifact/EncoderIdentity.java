package io.winnow.artifact;

import io.winnow.files.Sha256;

/**
 * What decides the features of an image. Features and statistics of two identities are never mixed:
 * another weights file or another resize gives another space.
 *
 * @param name short name, as in {@code features/NAME} and {@code fd-NAME}
 * @param network architecture and the layer that is read, for example {@code FID-Inception, pool3}
 * @param weightsSha256 hash of the weights' content, or of the training that made them
 * @param preprocessing name of the pipeline from pixels to the network's input
 * @param dimension d, the width of a feature
 */
public record EncoderIdentity(
    String name, String network, String weightsSha256, String preprocessing, int dimension) {
  /** Name of an encoder of which nothing is known. */
  public static final String UNKNOWN = "unknown";

  private static final String NOT_STATED = "not stated";

  /**
   * Stands for the encoder of features or statistics that do not say what made them.
   *
   * @param name as the user names it; {@link #UNKNOWN} where nobody does
   */
  public static EncoderIdentity unstated(String name, int dimension) {
    return new EncoderIdentity(name, NOT_STATED, NOT_STATED, NOT_STATED, dimension);
  }

  /** Whether it is known what made the features, and not only by name. */
  public boolean stated() {
    return !network.equals(NOT_STATED);
  }

  /** Whether this is the pooled layer of the FID Inception, in whichever resize: the FID's own. */
  public boolean fidInception() {
    return isFidInception(name);
  }

  static boolean isFidInception(String name) {
    return name.startsWith("fid-inception");
  }

  /** SHA-256 of all of it: what features, statistics and coresets carry as their origin. */
  public String hash() {
    return Sha256.of(
        String.join(
            "\n", name, network, weightsSha256, preprocessing, Integer.toString(dimension)));
  }

  /** One line for messages. */
  public String describe() {
    if (!stated()) {
      return name + " (which one is not stated, d = " + dimension + ")";
    }
    return name
        + " ("
        + network
        + ", weights "
        + shorten(weightsSha256)
        + ", "
        + preprocessing
        + ", d = "
        + dimension
        + ")";
  }

  private static String shorten(String hash) {
    return hash.length() > 12 ? hash.substring(0, 12) : hash;
  }
}
