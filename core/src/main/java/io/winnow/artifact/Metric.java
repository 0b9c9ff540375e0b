package io.winnow.artifact;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.winnow.config.OrNull;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One measured number with the circumstances that give it meaning.
 *
 * @param label class that it belongs to, null when pooled over classes
 * @param className name of that class
 */
public record Metric(
    Kind kind, @OrNull Integer label, @OrNull String className, double value, Circumstances c) {

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

  /** What is measured. */
  public enum Kind {
    /** Frechet distance in the FID Inception network's pooled features. */
    FID,
    /** The same in its spatial ones. */
    SFID,
    /** Frechet distance in the features of any other encoder. */
    FD,
    /** Frechet distance extrapolated to infinitely many samples. */
    FD_INFINITY,
    /** Kernel distance. */
    KID,
    /** Inception Score. */
    INCEPTION_SCORE,
    /** Share of the samples that lie among the reference. */
    PRECISION,
    /** Share of the reference that lies among the samples. */
    RECALL,
    /** How densely the reference lies around the samples. */
    DENSITY,
    /** Share of the reference that has a sample near by. */
    COVERAGE,
    /** Maximum mean discrepancy of CLIP embeddings. */
    CMMD,
    /** Share of the samples that a classifier puts into the class they were asked for. */
    CLASS_AGREEMENT,
    /** Median distance of samples to their nearest training image. */
    NEAREST_TRAINING_DISTANCE,
    /** The same of held-out images. */
    NEAREST_TRAINING_DISTANCE_HELD_OUT,
    /** Share of the samples that are nearer than nearly all held-out images. */
    CLOSER_THAN_HELD_OUT;

    /** Of a Frechet distance by the encoder whose features it is taken in. */
    public static Kind frechet(EncoderIdentity encoder) {
      if (encoder.fidInception()) {
        return FID;
      }
      return encoder.name().startsWith("sfid-inception") ? SFID : FD;
    }

    /** As it is written: lower case, with hyphens. */
    public String slug() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it is a Frechet distance that may stand for a run. */
    public boolean headlineDistance() {
      return this == FID || this == FD || this == FD_INFINITY;
    }

    /** Whether the literature takes it in the FID Inception's features and others say so. */
    private boolean usuallyInception() {
      return switch (this) {
        case FD, FD_INFINITY, KID, PRECISION, RECALL, DENSITY, COVERAGE -> true;
        default -> false;
      };
    }

    private static Kind of(String slug) {
      return Arrays.stream(values())
          .filter(kind -> kind.slug().equals(slug))
          .findFirst()
          .orElseThrow(() -> unknown("kind", slug));
    }

    /** Of a metric in a file of an earlier version, which has a name alone. */
    private static Kind ofName(String name) {
      return Arrays.stream(values())
          .filter(kind -> Stream.of("", "@", "-").anyMatch(end -> begins(name, kind.slug(), end)))
          .max(Comparator.comparingInt(kind -> kind.slug().length()))
          .orElseThrow(() -> unknown("name", name));
    }

    private static boolean begins(String name, String slug, String end) {
      return end.isEmpty() ? name.equals(slug) : name.startsWith(slug + end);
    }

    private static IllegalArgumentException unknown(String what, String text) {
      return new IllegalArgumentException(
          "metric of the " + what + " \"" + text + "\", which this version does not know");
    }
  }

  /** Samples on the generated side; 0 where a statistics file does not say. */
  public long n() {
    return c.sets().n();
  }

  /** Samples on the reference side; 0 where there is none, or where it does not say. */
  public long nReference() {
    return c.sets().nReference();
  }

  /**
   * What is measured through which encoder: {@code fid}, {@code fd-ENCODER}, {@code kid}, {@code
   * kid-ENCODER}. FID is taken with the FID Inception network's pooled features and nothing else.
   */
  public String series() {
    Extractor by = c.extractor();
    boolean named =
        kind.usuallyInception()
            && by != null
            && (kind == Kind.FD || !EncoderIdentity.isFidInception(by.name()));
    return named ? kind.slug() + "-" + by.name() : kind.slug();
  }

  /**
   * The series with its sample count: {@code kid@2k}, {@code kid} at 50,000, {@code fid@unknown}
   * where a statistics file does not say.
   */
  public String name() {
    if (kind == Kind.NEAREST_TRAINING_DISTANCE_HELD_OUT) {
      return series() + "@" + n(); // of held-out images, for which no count is usual
    }
    if (n() == USUAL_COUNT) {
      return series();
    }
    String count = n() >= 1000 && n() % 1000 == 0 ? n() / 1000 + "k" : Long.toString(n());
    return series() + "@" + (n() == 0 ? "unknown" : count);
  }

  /** Whether the number is of real images alone: {@link #FLOOR} or {@link #FLOOR_AT_N}. */
  public boolean floor() {
    return FLOOR.equals(c.variant()) || FLOOR_AT_N.equals(c.variant());
  }

  /**
   * How a number was measured. What does not apply is null.
   *
   * @param extractor whose features it is taken in
   * @param sampling how the samples were drawn; null for those that no run drew
   * @param seed of sampling and of subset draws
   * @param precision arithmetic of sampling and encoding, for example {@code float32}
   * @param variant which of several models the number belongs to: "unweighted" (the same training
   *     without class weights), "full" (all data), {@link #FLOOR}, {@link #FLOOR_AT_N}; null for
   *     the run's own model
   */
  public record Circumstances(
      Sets sets,
      @OrNull Extractor extractor,
      @OrNull Sampling sampling,
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
          new Sets(n, nReference, nReference == 0 ? null : sets.reference()),
          new Extractor(encoder.name(), encoder.hash(), encoder.preprocessing()),
          sampling,
          seed,
          precision,
          variant,
          Stream.concat(notes.stream(), moreNotes.stream()).toList());
    }

    /** The same circumstances with something more to say. */
    public Circumstances withNote(String note) {
      List<String> more = Stream.concat(notes.stream(), Stream.of(note)).toList();
      return new Circumstances(sets, extractor, sampling, seed, precision, variant, more);
    }

    /** The same circumstances for another model. */
    public Circumstances withVariant(@OrNull String other) {
      return new Circumstances(sets, extractor, sampling, seed, precision, other, notes);
    }

    /** Of the reference alone, which no model drew: without counts, sampling and notes. */
    public Circumstances ofReference(String floor) {
      Sets reference = new Sets(0, 0, sets.reference());
      return new Circumstances(reference, null, null, seed, precision, floor, List.of());
    }
  }

  /**
   * What is compared.
   *
   * @param n samples on the generated side
   * @param nReference samples on the reference side
   * @param reference data set and split, or the statistics file
   */
  public record Sets(long n, long nReference, @OrNull String reference) {}

  /**
   * The encoder that features come from.
   *
   * @param name {@link EncoderIdentity#name}
   * @param hash {@link EncoderIdentity#hash}
   * @param resizer name of the resize in front of it
   */
  public record Extractor(String name, @OrNull String hash, @OrNull String resizer) {}

  /**
   * How samples were drawn.
   *
   * @param weights {@code ema} or {@code raw}
   * @param guidanceWeight w of (1 + w) cond - w uncond
   */
  public record Sampling(
      @OrNull String weights,
      @OrNull String sampler,
      @OrNull Integer steps,
      @OrNull Double guidanceWeight) {}

  /**
   * A metric in a file: flat, with its name spelled out.
   *
   * @param kind {@link Kind#slug}; null in files of earlier versions
   */
  record Stored(
      @OrNull String kind,
      String name,
      @OrNull Integer label,
      @OrNull String className,
      double value,
      StoredCircumstances c) {}

  /** Circumstances in a file. */
  record StoredCircumstances(
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
    private Circumstances read() {
      boolean drawn = Stream.of(weights, sampler, steps, guidanceWeight).anyMatch(Metric::isThere);
      return new Circumstances(
          new Sets(n, nReference, reference),
          encoderName == null ? null : new Extractor(encoderName, encoderHash, resizer),
          drawn ? new Sampling(weights, sampler, steps, guidanceWeight) : null,
          seed,
          precision,
          variant,
          notes);
    }
  }

  private static boolean isThere(@OrNull Object value) {
    return value != null;
  }

  @JsonValue
  Stored stored() {
    Extractor by = c.extractor() == null ? new Extractor(null, null, null) : c.extractor();
    Sampling drawn = c.sampling() == null ? new Sampling(null, null, null, null) : c.sampling();
    return new Stored(
        kind.slug(),
        name(),
        label,
        className,
        value,
        new StoredCircumstances(
            n(),
            nReference(),
            c.sets().reference(),
            by.name(),
            by.hash(),
            by.resizer(),
            drawn.weights(),
            drawn.sampler(),
            drawn.steps(),
            drawn.guidanceWeight(),
            c.seed(),
            c.precision(),
            c.variant(),
            c.notes()));
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Metric of(Stored stored) {
    Kind kind = stored.kind() == null ? Kind.ofName(stored.name()) : Kind.of(stored.kind());
    return new Metric(kind, stored.label(), stored.className(), stored.value(), stored.c().read());
  }
}
