package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Features of the sides of a comparison, those given or those encoded now. What one encoder made is
 * never mixed with what another made: features that do not say where they come from count as those
 * of an encoder only where the user names it, and then with a warning.
 */
final class SideFeatures {
  static final int FID_FEATURES = 2048;

  private final List<Material> sides;
  private final @OrNull String named;
  private final Set<EncoderIdentity> encoders = new LinkedHashSet<>();
  private final Set<String> warnings = new LinkedHashSet<>();

  /**
   * @param named the encoder that the user named; null where none was
   */
  SideFeatures(List<Material> sides, @OrNull String named) {
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
    Optional<Material> other = sides.stream().filter(side -> !mayBeUnknown(side)).findFirst();
    Optional<Material> bare = sides.stream().filter(Material::bare).findFirst();
    if (named == null && bare.isPresent() && other.isPresent()) {
      throw new IllegalArgumentException(
          bare.get().path()
              + ": does not say which encoder made its features; expected those of one encoder on"
              + " both sides, and "
              + other
                  .get()
                  .encoder()
                  .map(e -> other.get().path() + " has those of " + e.describe())
                  .orElse(other.get().path() + " has to be encoded")
              + ". Say --encoder NAME for the encoder that made them.");
    }
  }

  private static boolean mayBeUnknown(Material side) {
    return side.bare() || (side.images().isEmpty() && side.encoder().isEmpty());
  }

  /**
   * Features of one side.
   *
   * @param role what the side is to the user: samples, reference
   * @param metric that wants them
   */
  Features of(Lens lens, Material side, String role, String metric) {
    Features features =
        side.features().isPresent()
            ? given(lens, side, side.features().get(), metric)
            : encoded(lens, side, role, metric);
    encoders.add(features.encoder());
    return features;
  }

  private Features given(Lens lens, Material side, Features given, String metric) {
    if (side.bare()) {
      return named(lens, side, given, metric);
    }
    if (!given.encoder().name().equals(lens.name())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: features of %s, but %s looks through %s. Encode both sides by one encoder, or"
                  + " ask for metrics of that encoder.",
              side.path(), given.encoder().describe(), metric, lens.name()));
    }
    return lens.checked(given, side.path().toString());
  }

  /** Features of which only the user can say where they come from. */
  private Features named(Lens lens, Material side, Features given, String metric) {
    String name = named == null ? EncoderIdentity.UNKNOWN : named;
    if (!name.equals(lens.name())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: features of %s encoder, but %s looks through %s. If that made them, say"
                  + " --encoder %s.",
              side.path(),
              named == null ? "an unknown" : "the " + named,
              metric,
              lens.name(),
              lens.name()));
    }
    requireWidth(side, name, given.dimension());
    EncoderIdentity maker = maker(lens);
    if (maker.dimension() != given.dimension()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d features per image; expected %d, those of %s. Give features of one encoder.",
              side.path(),
              given.dimension(),
              maker.dimension(),
              maker.describe()));
    }
    warnings.add(
        side.path()
            + ": does not say which encoder made its features; "
            + (named == null
                ? "the distance means something only if the other side's were made by the same one."
                : "they are taken for those of " + maker.describe() + ", as --encoder says."));
    return lens.checked(given.takenFor(maker), side.path().toString());
  }

  /** Whatever a file does not say, features of the FID Inception network have its width. */
  static void requireWidth(Material side, String name, int dimension) {
    if (name.startsWith("fid-inception") && dimension != FID_FEATURES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d features per image; expected %d, those of %s. Name the encoder that made"
                  + " them.",
              side.path(),
              dimension,
              FID_FEATURES,
              name));
    }
  }

  /** The encoder as another side knows it; else only its name and the width of the features. */
  private EncoderIdentity maker(Lens lens) {
    if (lens.encodes()) {
      return lens.encoder().identity();
    }
    return sides.stream()
        .flatMap(side -> side.encoder().stream())
        .filter(encoder -> encoder.name().equals(lens.name()))
        .findFirst()
        .orElseGet(() -> EncoderIdentity.unstated(lens.name(), firstBare().dimension()));
  }

  private Features firstBare() {
    return sides.stream().filter(Material::bare).findFirst().orElseThrow().features().orElseThrow();
  }

  private Features encoded(Lens lens, Material side, String role, String metric) {
    ImageSet images =
        side.images()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        side.path()
                            + ": holds statistics alone, but "
                            + metric
                            + " needs every image. Give images or features as the "
                            + role
                            + ", or ask for fd."));
    Features encoded = lens.features(images, role);
    lens.enlarged(images, role).ifPresent(warnings::add);
    return encoded;
  }
}
