package io.winnow.evaluate;

import io.winnow.config.OrNull;
import io.winnow.encode.EncoderNames;
import io.winnow.evaluate.Side.FeatureSide;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which encoder a metric looks through. */
public final class MetricEncoders {
  private MetricEncoders() {}

  /** Name of the encoder that a metric looks through when another one is chosen for the rest. */
  public static String of(MetricKind kind, String chosen) {
    boolean fid = chosen.startsWith("fid-inception");
    return switch (kind) {
      case FID, CLASS_FID, INCEPTION_SCORE -> fid ? chosen : EncoderNames.FID_INCEPTION;
      case SFID -> EncoderNames.SFID_INCEPTION_TENSORFLOW;
      case CMMD -> EncoderNames.CLIP_VIT_L14_336;
      case FD_DINOV2 -> EncoderNames.DINOV2_L;
      case FD, CLASS_FD, KID, PRECISION_RECALL, FD_INFINITY, CLASS_AGREEMENT, MEMORISATION ->
          chosen;
    };
  }

  /**
   * Names of the encoders that metrics look through.
   *
   * @param kinds empty for the usual ones
   * @param chosen that of metrics without one of their own
   */
  public static Set<String> all(List<MetricKind> kinds, String chosen) {
    Set<String> names = new LinkedHashSet<>();
    for (MetricKind kind : kinds.isEmpty() ? List.of(MetricKind.FD) : kinds) {
      names.add(of(kind, chosen));
    }
    return names;
  }

  /**
   * Metrics by the encoder that they look through. Through the FID Inception, the chosen encoder's
   * distances are FID, and are not measured twice.
   */
  static Map<String, Set<MetricKind>> byEncoder(List<MetricKind> kinds, String chosen) {
    Map<String, Set<MetricKind>> byEncoder = new LinkedHashMap<>();
    for (MetricKind kind : kinds) {
      byEncoder
          .computeIfAbsent(of(kind, chosen), name -> EnumSet.noneOf(MetricKind.class))
          .add(kind);
    }
    for (Set<MetricKind> own : byEncoder.values()) {
      if (own.contains(MetricKind.FID)) {
        own.remove(MetricKind.FD);
      }
      if (own.contains(MetricKind.CLASS_FID)) {
        own.remove(MetricKind.CLASS_FD);
      }
    }
    return byEncoder;
  }

  /**
   * The encoder of metrics that have none of their own: the one named, else that of the features or
   * the statistics given, else the FID Inception.
   */
  static String chosen(@OrNull String named, List<Side> sides) {
    if (named != null) {
      return named;
    }
    return sides.stream()
        .map(MetricEncoders::maker)
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(EncoderNames.FID_INCEPTION);
  }

  /** Features of an encoder that is not stated have a name for it, too. */
  private static Optional<String> maker(Side side) {
    return side instanceof FeatureSide given
        ? Optional.of(given.features().encoder().name())
        : side.encoder().map(encoder -> encoder.name());
  }
}
