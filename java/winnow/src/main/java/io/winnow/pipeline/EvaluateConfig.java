package io.winnow.pipeline;

import io.winnow.config.Check;
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
  }
}
