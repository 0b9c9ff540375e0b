package io.winnow.pipeline;

import io.winnow.config.Check;
import io.winnow.encode.EncoderNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The part of a recipe that is about measuring the samples, always against the whole data set, also
 * where the model saw a coreset.
 *
 * @param metrics what is measured; without an encoder of its own a metric uses the recipe's
 * @param weights files of weights by encoder name, for metrics with an encoder of their own
 * @param heldOut split of the data set whose images memorisation compares with; "" for none
 */
public record EvaluateConfig(
    List<MetricKind> metrics, Map<String, String> weights, String heldOut) {
  public EvaluateConfig {
    metrics = List.copyOf(metrics);
    Check.that(
        metrics.stream().distinct().count() == metrics.size(),
        "metrics is %s, but must name each metric once.",
        metrics.stream().map(MetricKind::slug).toList());
    for (String name : weights.keySet()) {
      Check.that(
          EncoderNames.ALL.contains(name),
          "weights names the encoder %s, but must name some of %s.",
          name,
          String.join(", ", EncoderNames.ALL));
    }
  }

  /**
   * The file of an encoder that is not the recipe's own.
   *
   * @throws IllegalArgumentException when the recipe names none, or one that is not there
   */
  String fileOf(String encoder) {
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
