package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * A Frechet distance of which the samples' side is a file of statistics; such files seldom say what
 * made them.
 */
final class StatisticsDistance {
  private final Material samples;
  private final Material reference;
  private final SideFeatures sides;
  private final @OrNull String named;

  /**
   * @param named the encoder that the user named; null where none was
   */
  StatisticsDistance(
      Material samples, Material reference, SideFeatures sides, @OrNull String named) {
    this.samples = samples;
    this.reference = reference;
    this.sides = sides;
    this.named = named;
  }

  /** To another file, or to a set that is encoded or has been. */
  Metric distance(Lens lens, MetricKind kind, Circumstances circumstances) {
    boolean file = reference.statistics().isPresent();
    Features rows = file ? null : sides.of(lens, reference, "reference", kind.slug());
    EncoderIdentity made =
        rows != null
            ? rows.encoder()
            : samples
                .encoder(lens.name())
                .or(() -> reference.encoder(lens.name()))
                .orElseGet(() -> unknown(lens, kind));
    sides.encoders().add(made);
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = read(lens, samples, made);
      FrechetStatistics b =
          rows == null ? read(lens, reference, made) : LabelledFeatures.statistics(rows);
      List<String> notes = new ArrayList<>();
      FrechetDistance.warning(a.count(), b.count(), a.dimension()).ifPresent(notes::add);
      String name = Metric.frechetName(made, a.count());
      return new Metric(
          a.count() == 0 ? name.replace("@0", "@unknown") : name,
          null,
          null,
          FrechetDistance.of(a, b),
          circumstances.seenBy(made, a.count(), b.count(), notes));
    }
  }

  /** FID is the usual meaning of bare statistics, but only those of its network's width. */
  private EncoderIdentity unknown(Lens lens, MetricKind kind) {
    try (Scope scope = Scope.open()) {
      int dimension = samples.statistics().orElseThrow().read(lens.name()).dimension();
      if (named == null && kind == MetricKind.FD && dimension != SideFeatures.FID_FEATURES) {
        return EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, dimension);
      }
      SideFeatures.requireWidth(samples, lens.name(), dimension);
      return EncoderIdentity.unstated(lens.name(), dimension);
    }
  }

  /** A file's statistics, checked against the encoder that the other side was seen by. */
  FrechetStatistics read(Lens lens, Material side, EncoderIdentity other) {
    return side.statistics().orElseThrow().read(lens.name(), other, sides.warnings()::add);
  }
}
