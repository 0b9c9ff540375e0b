package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.eval.FrechetStatistics;
import io.winnow.evaluate.Side.FeatureSide;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.evaluate.Side.StatisticsSide;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Features of the sides of an evaluation, those given or those encoded now. What one encoder made
 * is never mixed with what another made: features that do not say where they come from count as
 * those of an encoder only where the user names it, and then with a warning.
 */
final class FeatureReader {
  static final int FID_FEATURES = 2048;

  private final List<Side> sides;
  private final @OrNull String named;
  private final Set<EncoderIdentity> encoders = new LinkedHashSet<>();
  private final Set<String> warnings = new LinkedHashSet<>();

  /**
   * @param named the encoder that the user named; null where none was
   */
  FeatureReader(List<Side> sides, @OrNull String named) {
    this.sides = List.copyOf(sides);
    this.named = named;
  }

  /** All encoders that the features so far come from. */
  Set<EncoderIdentity> encoders() {
    return encoders;
  }

  /** What makes a number less than it seems. */
  Set<String> warnings() {
    return warnings;
  }

  /** Refuses features of an unnamed encoder beside a side whose encoder is known. */
  void requireNamed() {
    Optional<Side> other = sides.stream().filter(side -> !mayBeUnknown(side)).findFirst();
    Optional<FeatureSide> bare = bareSides().findFirst();
    if (named == null && bare.isPresent() && other.isPresent()) {
      throw new IllegalArgumentException(
          bare.get().name()
              + ": does not say which encoder made its features; expected those of one encoder on"
              + " both sides, and "
              + other
                  .get()
                  .encoder()
                  .map(e -> other.get().name() + " has those of " + e.describe())
                  .orElse(other.get().name() + " has to be encoded")
              + ". Say --encoder NAME for the encoder that made them.");
    }
  }

  private static boolean mayBeUnknown(Side side) {
    return side.images().isEmpty() && side.encoder().isEmpty();
  }

  /** Features of which it is not known who made them. */
  private Stream<FeatureSide> bareSides() {
    return sides.stream()
        .filter(FeatureSide.class::isInstance)
        .map(FeatureSide.class::cast)
        .filter(FeatureSide::bare);
  }

  /**
   * Features of one side.
   *
   * @param role what the side is to the user: samples, reference
   * @param metric that wants them
   */
  Features of(EncoderSession session, Side side, String role, String metric) {
    Features features =
        side instanceof FeatureSide given
            ? given(session, given, metric)
            : encoded(session, side, role, metric);
    encoders.add(features.encoder());
    return features;
  }

  /**
   * Statistics of a file, checked against the encoder that the other side was seen by; in the
   * caller's scope.
   */
  FrechetStatistics statistics(EncoderSession session, StatisticsSide side, EncoderIdentity other) {
    return side.statistics().read(session.name(), other, warnings::add);
  }

  private Features given(EncoderSession session, FeatureSide side, String metric) {
    Features given = side.features();
    if (side.bare()) {
      return named(session, side, given, metric);
    }
    if (!given.encoder().name().equals(session.name())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: features of %s, but %s looks through %s. Encode both sides by one encoder, or"
                  + " ask for metrics of that encoder.",
              side.name(), given.encoder().describe(), metric, session.name()));
    }
    return session.checked(given, side.name());
  }

  /** Features of which only the user can say where they come from. */
  private Features named(EncoderSession session, FeatureSide side, Features given, String metric) {
    String name = named == null ? EncoderIdentity.UNKNOWN : named;
    if (!name.equals(session.name())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: features of %s encoder, but %s looks through %s. If that made them, say"
                  + " --encoder %s.",
              side.name(),
              named == null ? "an unknown" : "the " + named,
              metric,
              session.name(),
              session.name()));
    }
    requireWidth(side, name, given.dimension());
    EncoderIdentity maker = maker(session);
    if (maker.dimension() != given.dimension()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d features per image; expected %d, those of %s. Give features of one encoder.",
              side.name(),
              given.dimension(),
              maker.dimension(),
              maker.describe()));
    }
    warnings.add(
        side.name()
            + ": does not say which encoder made its features; "
            + (named == null
                ? "the distance means something only if the other side's were made by the same one."
                : "they are taken for those of " + maker.describe() + ", as --encoder says."));
    return session.checked(given.takenFor(maker), side.name());
  }

  /** Whatever a file does not say, features of the FID Inception network have its width. */
  static void requireWidth(Side side, String name, int dimension) {
    if (name.startsWith("fid-inception") && dimension != FID_FEATURES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d features per image; expected %d, those of %s. Name the encoder that made"
                  + " them.",
              side.name(),
              dimension,
              FID_FEATURES,
              name));
    }
  }

  /** The encoder as another side knows it; else only its name and the width of the features. */
  private EncoderIdentity maker(EncoderSession session) {
    if (session.encodes()) {
      return session.encoder().identity();
    }
    return sides.stream()
        .flatMap(side -> side.encoder().stream())
        .filter(encoder -> encoder.name().equals(session.name()))
        .findFirst()
        .orElseGet(() -> EncoderIdentity.unstated(session.name(), firstBare().dimension()));
  }

  private Features firstBare() {
    return bareSides().findFirst().orElseThrow().features();
  }

  private Features encoded(EncoderSession session, Side side, String role, String metric) {
    ImageSide images =
        side.images()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        side.name()
                            + ": holds statistics alone, but "
                            + metric
                            + " needs every image. Give images or features as the "
                            + role
                            + ", or ask for fd."));
    Features encoded = session.features(images, role);
    session.enlarged(images, role).ifPresent(warnings::add);
    return encoded;
  }
}
