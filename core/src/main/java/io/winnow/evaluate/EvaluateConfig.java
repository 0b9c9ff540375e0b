package io.winnow.evaluate;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.encode.EncoderNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The part of a recipe that is about measuring the samples, always against a whole data set, also
 * where the model saw a coreset.
 *
 * @param metrics what is measured
 * @param encoder that metrics look through which have none of their own; null for {@link #judge}'s
 *     choice
 * @param weights files of weights by encoder name, for encoders other than the recipe's own
 * @param heldOut split of the data set whose images memorisation compares with; "" for none
 * @param reference a data set of the same type and classes that samples are compared with; null for
 *     the one that is trained on
 */
public record EvaluateConfig(
    List<MetricKind> metrics,
    @OrNull String encoder,
    Map<String, String> weights,
    String heldOut,
    @OrNull String reference) {
  /** The metrics of {@code defaults.yaml}, which nobody asked for. */
  static final List<MetricKind> DEFAULT =
      List.of(
          MetricKind.FD, MetricKind.CLASS_FD, MetricKind.CLASS_AGREEMENT, MetricKind.MEMORISATION);

  private static final String SPATIAL = EncoderNames.SFID_INCEPTION_TENSORFLOW; // sFID's alone

  public EvaluateConfig {
    metrics = List.copyOf(metrics);
    Check.that(
        metrics.stream().distinct().count() == metrics.size(),
        "metrics is %s, but must name each metric once.",
        metrics.stream().map(MetricKind::slug).toList());
    Check.that(
        encoder == null || EncoderNames.ALL.contains(encoder),
        "encoder is %s, but must be one of %s.",
        encoder,
        String.join(", ", EncoderNames.ALL));
    for (String name : weights.keySet()) {
      Check.that(
          EncoderNames.ALL.contains(name),
          "weights names the encoder %s, but must name some of %s.",
          name,
          String.join(", ", EncoderNames.ALL));
    }
  }

  /**
   * Whether the user asked for just these metrics: of the default list, those that a run cannot
   * have are left out.
   */
  public boolean asked() {
    return !metrics.equals(DEFAULT);
  }

  /**
   * Name of the encoder that metrics without one of their own look through: the one named, else the
   * first with weights of its own that is not the recipe's, so that the network that judges did not
   * select; else the recipe's.
   *
   * @param selecting name of the recipe's encoder
   */
  public String judge(String selecting) {
    if (encoder != null) {
      return encoder;
    }
    return weights.keySet().stream()
        .filter(name -> !name.equals(selecting) && !name.equals(SPATIAL))
        .findFirst()
        .orElse(selecting);
  }

  /** Whether an encoder is the recipe's own, and not the same kind of network from another file. */
  public boolean isSelector(String name, String selecting) {
    return name.equals(selecting) && !(name.equals(encoder) && weights.containsKey(name));
  }

  /**
   * The file of an encoder that is not the recipe's own.
   *
   * @throws IllegalArgumentException when the recipe names none, or one that is not there
   */
  public String fileOf(String encoder) {
    String file = weights.get(encoder);
    if (file == null) {
      throw new IllegalArgumentException(
          "evaluate.weights: no file for "
              + encoder
              + ", which the metrics need. Write evaluate: {weights: {"
              + encoder
              + ": FILE}}; winnow weights list says where to get it.");
    }
    if (!Files.exists(Path.of(file))) {
      throw new IllegalArgumentException(
          "evaluate.weights: "
              + file
              + " does not exist; expected the file of "
              + encoder
              + ". winnow weights list says where to get it.");
    }
    return file;
  }
}
