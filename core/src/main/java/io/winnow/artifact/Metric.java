package io.winnow.artifact;

import io.winnow.config.OrNull;
import java.util.List;
import java.util.stream.Stream;

/**
 * One measured number with the circumstances that give it meaning.
 *
 * @param name tells the truth about extractor and count: {@link #frechetName}
 * @param label class that it belongs to, null when pooled over classes
 * @param className name of that class
 */
public record Metric(
    String name, @OrNull Integer label, @OrNull String className, double value, Circumstances c) {

  /** The sample count of the literature; any other becomes part of the name. */
  public static final long USUAL_COUNT = 50_000;

  /** Variant of a distance between two disjoint halves of the reference. */
  public static final String FLOOR = "floor";

  /**
   * Variant of a distance between as many images of the reference as there are samples, and all its
   * other images.
   */
  public static final String FLOOR_AT_N = "floor-at-n";

  /** Note on a metric whose encoder is the network by whose features the coreset was selected. */
  public static final String JUDGED_BY_SELECTOR =
      "The network that judges is the one that selected the coreset, so the value may favour what"
          + " it selected.";

  /** Whether the number is of real images alone: {@link #FLOOR} or {@link #FLOOR_AT_N}. */
  public boolean floor() {
    return FLOOR.equals(c.variant()) || FLOOR_AT_N.equals(c.variant());
  }

  /**
   * How a number was measured. What does not apply is null.
   *
   * @param n samples on the generated side
   * @param nReference samples on the reference side
   * @param reference data set and split, or the statistics file
   * @param encoderName {@link EncoderIdentity#name}
   * @param encoderHash {@link EncoderIdentity#hash}
   * @param resizer name of the resize in front of the encoder
   * @param weights {@code ema} or {@code raw}
   * @param guidanceWeight w of (1 + w) cond - w uncond
   * @param precision arithmetic of sampling and encoding, for example {@code float32}
   * @param variant which of several models the number belongs to: "unweighted" (the same training
   *     without class weights), "full" (all data), {@link #FLOOR}, {@link #FLOOR_AT_N}; null for
   *     the run's own model
   */
  public record Circumstances(
      long n,
      long nReference,
      @OrNull String reference,
      @OrNull String encoderName,
      @OrNull String encoderHash,
      @OrNull String resizer,
      @OrNull String weights,
      @OrNull String sampler,
      @OrNull Integer steps,
      @OrNull Double guidanceWeight,
      @OrNull Long seed,
      @OrNull String precision,
      @OrNull String variant,
      List<String> notes) {
    public Circumstances {
      notes = List.copyOf(notes);
    }

    /**
     * The same samples as an encoder saw them.
     *
     * @param nReference 0 where there is no reference side
     * @param moreNotes behind those there are
     */
    public Circumstances seenBy(
        EncoderIdentity encoder, long n, long nReference, List<String> moreNotes) {
      return new Circumstances(
          n,
          nReference,
          nReference == 0 ? null : reference,
          encoder.name(),
          encoder.hash(),
          encoder.preprocessing(),
          weights,
          sampler,
          steps,
          guidanceWeight,
          seed,
          precision,
          variant,
          Stream.concat(notes.stream(), moreNotes.stream()).toList());
    }

    /** The same circumstances with something more to say. */
    public Circumstances withNote(String note) {
      return new Circumstances(
          n,
          nReference,
          reference,
          encoderName,
          encoderHash,
          resizer,
          weights,
          sampler,
          steps,
          guidanceWeight,
          seed,
          precision,
          variant,
          Stream.concat(notes.stream(), Stream.of(note)).toList());
    }

    /** The same circumstances for another model. */
    public Circumstances withVariant(@OrNull String other) {
      return new Circumstances(
          n,
          nReference,
          reference,
          encoderName,
          encoderHash,
          resizer,
          weights,
          sampler,
          steps,
          guidanceWeight,
          seed,
          precision,
          other,
          notes);
    }
  }

  /**
   * Name of a Frechet distance: {@code fid} with the FID Inception network's pooled features and
   * nothing else, {@code sfid} with its spatial ones, {@code fd-ENCODER} otherwise; the count
   * behind an {@code @} unless it is 50,000.
   */
  public static String frechetName(EncoderIdentity encoder, long n) {
    if (encoder.fidInception()) {
      return named("fid", n);
    }
    return named(encoder.name().startsWith("sfid-inception") ? "sfid" : "fd-" + encoder.name(), n);
  }

  /** A base name with its sample count: {@code kid@2k}, {@code kid} at 50,000. */
  public static String named(String base, long n) {
    if (n == USUAL_COUNT) {
      return base;
    }
    return base + "@" + (n >= 1000 && n % 1000 == 0 ? n / 1000 + "k" : Long.toString(n));
  }
}
