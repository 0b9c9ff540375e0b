package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metric.Sets;
import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an evaluation measures.
 *
 * @param kinds which metrics
 * @param asked whether somebody asked for just these: one that the sides cannot have is an error
 *     then, and is left out of a default list
 * @param training what the model was trained on, for memorisation; null where that is not known
 * @param drawn circumstances of samples that a run drew; null for sides that tell their own
 * @param selector by whose features the coreset was selected that the samples' model saw; null
 *     where no features were used
 * @param floors whether what real images alone would score is given beside the Frechet distances
 */
public record EvaluationRequest(
    List<MetricKind> kinds,
    boolean asked,
    Side samples,
    Side reference,
    @OrNull Training training,
    @OrNull Circumstances drawn,
    @OrNull EncoderIdentity selector,
    boolean floors) {
  public EvaluationRequest {
    kinds = List.copyOf(kinds);
  }

  /**
   * The images that a model was trained on.
   *
   * @param images null where they are of the reference
   * @param positions in these images, ascending; null for all of them
   * @param heldOut images like them that the model has not seen; null where there are none
   */
  @SuppressWarnings("ArrayRecordComponent") // as long as the data set: handed over, not copied
  public record Training(@OrNull Side images, @OrNull int[] positions, @OrNull Side heldOut) {
    /** Images of the reference. */
    public Training(@OrNull int[] positions, @OrNull Side heldOut) {
      this(null, positions, heldOut);
    }
  }

  /** Sides alone, without a run, and the metrics that somebody asked for. */
  public static EvaluationRequest of(Side samples, Side reference, List<MetricKind> kinds) {
    return new EvaluationRequest(kinds, true, samples, reference, null, null, null, true);
  }

  /**
   * Sides alone with the usual metrics: the pooled distance, and the class-wise ones where both
   * have the same classes.
   */
  public static EvaluationRequest usual(Side samples, Side reference) {
    boolean byClass =
        !samples.classes().isEmpty()
            && Set.copyOf(samples.classes()).equals(Set.copyOf(reference.classes()));
    List<MetricKind> kinds =
        byClass ? List.of(MetricKind.FD, MetricKind.CLASS_FD) : List.of(MetricKind.FD);
    return new EvaluationRequest(kinds, false, samples, reference, null, null, null, true);
  }

  /** The same with held-out images of a model that was trained on all of the reference. */
  public EvaluationRequest withHeldOut(Side heldOut) {
    return new EvaluationRequest(
        kinds, asked, samples, reference, new Training(null, heldOut), drawn, selector, floors);
  }

  @OrNull
  Side heldOut() {
    return training == null ? null : training.heldOut();
  }

  /** The images that memorisation looks for copies of. */
  Side trained() {
    return training == null || training.images() == null ? reference : training.images();
  }

  List<Side> sides() {
    return Stream.of(samples, reference, trained(), heldOut())
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  Circumstances circumstances(long seed, String precision) {
    if (drawn != null) {
      return drawn;
    }
    Side.Facts own = samples.facts();
    Side.Facts theirs = reference.facts();
    List<String> notes = new ArrayList<>();
    own.notes().forEach(note -> notes.add("samples: " + note));
    theirs.notes().forEach(note -> notes.add("reference: " + note));
    String name = theirs.source() + " sha256 " + theirs.sha256().substring(0, 12);
    Sets sets = new Sets(own.n(), theirs.n(), name);
    return new Circumstances(sets, null, null, seed, precision, null, notes);
  }
}
