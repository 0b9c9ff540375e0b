package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.files.Sha256;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What is trained on.
 *
 * @param samples the full data set, N of them
 * @param groups group of every image, from 0, [N]: its class, or any other partition for which
 *     losses are weighted
 * @param kept positions of the coreset, ascending
 * @param conditioning what a network is told about them; null for an unconditional one
 * @param scores of all samples, [N], NaN for none; what a {@link DataWarmupConfig} orders them by.
 *     Null where there are none
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out; never compared
public record TrainSet(
    SampleSource samples,
    int[] groups,
    int[] kept,
    @OrNull Conditioning conditioning,
    @OrNull double[] scores) {
  public TrainSet {
    groups = groups.clone();
    kept = kept.clone();
    scores = scores == null ? null : scores.clone();
    if (groups.length != samples.size()) {
      throw new IllegalArgumentException(
          "train set: "
              + groups.length
              + " group ids for "
              + samples.size()
              + " images; expected one for each");
    }
    if (Arrays.stream(groups).anyMatch(group -> group < 0)) {
      throw new IllegalArgumentException("train set: a negative group id; expected 0 or more");
    }
    if (kept.length == 0) {
      throw new IllegalArgumentException(
          "train set: the coreset is empty; expected at least one image. Keep a larger ratio.");
    }
    for (int i = 0; i < kept.length; i++) {
      if (kept[i] < (i == 0 ? 0 : kept[i - 1] + 1) || kept[i] >= samples.size()) {
        throw new IllegalArgumentException(
            "train set: kept["
                + i
                + "] is "
                + kept[i]
                + "; expected ascending positions below "
                + samples.size()
                + ". Was the coreset made from another data set?");
      }
    }
  }

  /** Without scores. */
  public TrainSet(
      SampleSource samples, int[] groups, int[] kept, @OrNull Conditioning conditioning) {
    this(samples, groups, kept, conditioning, null);
  }

  /** A coreset, grouped by labels. */
  public static TrainSet of(ImageSource images, int[] kept, @OrNull Conditioning conditioning) {
    SampleSource samples = new Pictures(images);
    return new TrainSet(samples, samples.labels(), kept, conditioning);
  }

  @Override
  public int[] groups() {
    return groups.clone();
  }

  @Override
  public int[] kept() {
    return kept.clone();
  }

  @Override
  @OrNull
  public double[] scores() {
    return scores == null ? null : scores.clone();
  }

  /** K: one more than the largest group id. */
  public int groupCount() {
    return Arrays.stream(groups).max().orElse(-1) + 1;
  }

  /** Identifies which images are kept. */
  public String hash() {
    return hash(kept);
  }

  static String hash(int[] indices) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(indices.length, 4));
    bytes.asIntBuffer().put(indices);
    return Sha256.of(bytes.array());
  }
}
