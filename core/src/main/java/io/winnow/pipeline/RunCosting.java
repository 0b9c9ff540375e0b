package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.evaluate.MetricKind;
import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.forecast.StageForecast.State;
import io.winnow.forecast.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** From what stages cost when they were tried to what a run will cost. */
final class RunCosting {
  /** Before the first stage: every image is read, and decoded for the training. */
  static final String READING = "read images";

  private final RunData data;
  private final RunLayout scratch;
  private final StageProbes probes;
  private final Rates rates;
  private final StageForecast read;

  /**
   * Measures how long the images take to read.
   *
   * @param scratch for what is kept of other images
   * @param inventoried whether the run has its inventory
   */
  RunCosting(
      RunData data, RunLayout scratch, StageProbes probes, boolean inventoried, Rates rates) {
    this.data = data;
    this.scratch = scratch;
    this.probes = probes;
    this.rates = rates;
    Measured reading = new ReadingProbe(data).measure(!inventoried, probes.few().heldBytes());
    this.read = reading.forecast(READING, Work.NONE, rates);
  }

  /**
   * Of a recipe on the images.
   *
   * @param kept images of its coreset
   * @param states where its stages stand
   * @param costs of its stages but the evaluation
   */
  RunCost of(
      Recipe recipe, int kept, Function<StageId, State> states, Function<StageId, Measured> costs) {
    StageWork work = new StageWork(recipe, data.size(), kept, data.classCount());
    List<StageForecast> stages = new ArrayList<>(List.of(read));
    for (StageId id : RunPlan.of(recipe, Stage.EVALUATE)) {
      State state = states.apply(id);
      if (state != State.TO_RUN) {
        stages.add(StageForecast.free(id.word(), state));
      } else {
        Measured measured =
            switch (id) {
              case JUDGE -> probes.judging(evaluated(recipe, kept));
              case EVALUATE -> probes.evaluation(evaluated(recipe, kept));
              default -> costs.apply(id);
            };
        stages.add(measured.forecast(id.word(), work.of(id), rates));
      }
    }
    return RunCost.of(kept, stages, rates);
  }

  private EvaluateWork evaluated(Recipe of, int kept) {
    boolean memorises = of.evaluate().metrics().contains(MetricKind.MEMORISATION);
    return new EvaluateWork(
        of,
        data.size(),
        memorises ? heldOut(of) : 0,
        size(OtherImages.openReference(of)),
        of.train().anneal() == null ? kept : data.size(),
        RunPlan.hasBaseline(of) ? 2 : 1);
  }

  private int heldOut(Recipe of) {
    try {
      return size(OtherImages.heldOut(of, scratch).open());
    } catch (IllegalArgumentException e) {
      return 0; // no such split: measured without
    }
  }

  private static int size(@OrNull Dataset dataset) {
    try (dataset) {
      return dataset == null ? 0 : dataset.size();
    }
  }
}
