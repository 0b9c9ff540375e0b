package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.config.OrNull;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.evaluate.Side.StatisticsSide;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * A Frechet distance of which the samples' side is a file of statistics; such files seldom say what
 * made them.
 */
final class StatisticsDistance {
  private final StatisticsSide samples;
  private final Side reference;
  private final FeatureReader sides;
  private final @OrNull String named;

  /**
   * @param named the encoder that the user named; null where none was
   */
  StatisticsDistance(
      StatisticsSide samples, Side reference, FeatureReader sides, @OrNull String named) {
    this.samples = samples;
    this.reference = reference;
    this.sides = sides;
    this.named = named;
  }

  /** To another file, or to a set that is encoded or has been. */
  Metric distance(EncoderSession session, MetricKind kind, Circumstances circumstances) {
    Features rows =
        reference instanceof StatisticsSide
            ? null
            : sides.of(session, reference, "reference", kind.slug());
    EncoderIdentity made =
        rows != null
            ? rows.encoder()
            : samples
                .statistics()
                .encoder(session.name())
                .or(() -> ((StatisticsSide) reference).statistics().encoder(session.name()))
                .orElseGet(() -> unknown(session, kind));
    sides.encoders().add(made);
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = sides.statistics(session, samples, made);
      FrechetStatistics b =
          rows == null
              ? sides.statistics(session, (StatisticsSide) reference, made)
              : LabelledFeatures.statistics(rows);
      List<String> notes = new ArrayList<>();
      FrechetDistance.warning(a.count(), b.count(), a.dimension()).ifPresent(notes::add);
      return new Metric(
          Metric.Kind.frechet(made),
          null,
          null,
          FrechetDistance.of(a, b),
          circumstances.seenBy(made, a.count(), b.count(), notes));
    }
  }

  /** FID is the usual meaning of bare statistics, but only those of its network's width. */
  private EncoderIdentity unknown(EncoderSession session, MetricKind kind) {
    try (Scope scope = Scope.open()) {
      int dimension = samples.statistics().read(session.name()).dimension();
      if (named == null && kind == MetricKind.FD && dimension != FeatureReader.FID_FEATURES) {
        return EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, dimension);
      }
      FeatureReader.requireWidth(samples, session.name(), dimension);
      return EncoderIdentity.unstated(session.name(), dimension);
    }
  }
}
