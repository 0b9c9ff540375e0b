package io.winnow.forecast;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.OrNull;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a run will cost, stage by stage and in all.
 *
 * @param trained images that the model is trained on; 0 of several runs that differ in them
 * @param stages in their order
 * @param seconds of all stages
 * @param images that go through all stages
 * @param peakBytes the most of any stage; null where nothing was measured
 * @param diskBytes of all stages
 * @param price null without a rate
 * @param kilowattHours null without watts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunCost(
    int trained,
    List<StageForecast> stages,
    double seconds,
    long images,
    @OrNull Long peakBytes,
    long diskBytes,
    @OrNull Double price,
    @OrNull Double kilowattHours) {
  public RunCost {
    stages = List.copyOf(stages);
  }

  /**
   * Of several runs, each in its turn: stages of one name are one.
   *
   * @param trained images that a model is trained on; 0 where runs differ in them
   * @param stages of all runs
   */
  public static RunCost ofAll(int trained, List<StageForecast> stages, Rates rates) {
    Map<String, StageForecast> byName = new LinkedHashMap<>();
    stages.forEach(stage -> byName.merge(stage.stage(), stage, StageForecast::and));
    return of(trained, List.copyOf(byName.values()), rates);
  }

  /** Adds up. */
  public static RunCost of(int trained, List<StageForecast> stages, Rates rates) {
    double seconds = stages.stream().mapToDouble(StageForecast::seconds).sum();
    return new RunCost(
        trained,
        stages,
        seconds,
        stages.stream().mapToLong(StageForecast::images).sum(),
        stages.stream()
            .map(StageForecast::peakBytes)
            .filter(Objects::nonNull)
            .max(Long::compare)
            .orElse(null),
        stages.stream().mapToLong(StageForecast::diskBytes).sum(),
        rates.price(seconds),
        rates.kilowattHours(seconds));
  }
}
