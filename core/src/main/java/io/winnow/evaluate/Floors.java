package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What real images alone would score: Frechet distances between disjoint, drawn parts of the
 * reference. A distance falls with the number of images on either side, so a floor is read at its
 * own counts: that of two halves is the lowest the reference can show, that at the samples' n is
 * what samples of which each is a real image would get.
 */
final class Floors {
  /** Both parts need a covariance. */
  private static final int LEAST = 4;

  private final Features reference;
  private final RandomStreams streams;
  private final Circumstances circumstances;

  /**
   * @param streams draws the parts
   * @param circumstances of the samples, of which the reference, seed and precision are taken
   */
  Floors(Features reference, RandomStreams streams, Circumstances circumstances) {
    this.reference = reference;
    this.streams = streams;
    this.circumstances = circumstances;
  }

  /**
   * Of two halves; and of n images against all others, where they are fewer than half.
   *
   * @param n of the samples
   */
  List<Metric> pooled(long n) {
    int[] order = streams.permutation(Math.toIntExact(reference.rows()), "evaluate-floor");
    List<Metric> floors = new ArrayList<>();
    if (order.length >= LEAST) {
      floors.add(halves(order, n, null));
      atCount(order, n, null).ifPresent(floors::add);
    }
    return floors;
  }

  /**
   * Of one class: n of its images against all others of it, where they are fewer than half; else of
   * two halves. Empty where the class has too few images.
   *
   * @param n of the samples of the class
   */
  Optional<Metric> ofClass(int label, long n) {
    int[] labels = reference.labels();
    int[] rows = IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
    if (rows.length < LEAST) {
      return Optional.empty();
    }
    int[] order =
        Arrays.stream(streams.permutation(rows.length, "evaluate-floor-class", label))
            .map(i -> rows[i])
            .toArray();
    return atCount(order, n, label).or(() -> Optional.of(halves(order, n, label)));
  }

  private Metric halves(int[] order, long n, Integer label) {
    int half = order.length / 2;
    String note =
        2 * n < order.length
            ? "floor: two disjoint halves of the reference"
            : String.format(
                Locale.ROOT,
                "floor: two disjoint halves of the reference, as near to the samples' n of %,d as"
                    + " two parts of %,d come",
                n,
                order.length);
    return distance(order, half, 2 * half, label, Metric.FLOOR, note);
  }

  private Optional<Metric> atCount(int[] order, long n, Integer label) {
    return 2 * n < order.length
        ? Optional.of(
            distance(
                order,
                (int) n,
                order.length,
                label,
                Metric.FLOOR_AT_N,
                "floor at the samples' n: so many images of the reference against its others"))
        : Optional.empty();
  }

  /** Between the rows before the middle and those from there to the end. */
  private Metric distance(
      int[] order, int middle, int end, Integer label, String variant, String note) {
    EncoderIdentity encoder = reference.encoder();
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = statistics(Arrays.copyOf(order, middle));
      FrechetStatistics b = statistics(Arrays.copyOfRange(order, middle, end));
      List<String> notes = new ArrayList<>(List.of(note));
      FrechetDistance.warning(a.count(), b.count(), a.dimension()).ifPresent(notes::add);
      return new Metric(
          Metric.Kind.frechet(encoder),
          label,
          label == null ? null : reference.classes().get(label),
          FrechetDistance.of(a, b),
          circumstances.ofReference(variant).seenBy(encoder, a.count(), b.count(), notes));
    }
  }

  private FrechetStatistics statistics(int[] rows) {
    Arrays.sort(rows);
    return FrechetStatistics.of(LabelledFeatures.of(reference), rows);
  }
}
