package io.winnow.pipeline;

import io.winnow.artifact.RunLayout.Network;
import io.winnow.forecast.UnitCost;
import io.winnow.pipeline.Rehearsal.Tried;

/** Tries the drawing of a batch with two numbers of sampler steps; their difference is a step. */
final class SamplingProbe {
  private static final double SECONDS = 6;
  private static final int FEW_STEPS = 2;

  private final Rehearsal rehearsal;
  private final Recipe recipe;
  private final RunData few;

  SamplingProbe(Rehearsal rehearsal, Recipe recipe, RunData few) {
    this.rehearsal = rehearsal;
    this.recipe = recipe;
    this.few = few;
  }

  /** Measures, with the model that a training left. */
  Measured measure() {
    int batch = Math.min(recipe.sample().batch(), recipe.sample().count());
    Tried first = draw(1, 1); // warms up, and says what opening the model takes
    int few = Math.min(FEW_STEPS, recipe.sample().sampler().steps());
    Tried small = draw(batch, few);
    int more = steps(drawing(small) / few, few);
    Tried large = more > few ? draw(batch, more) : small;
    double perStep =
        more > few
            ? Math.max(0, (drawing(large) - drawing(small)) / (more - few) / batch)
            : drawing(small) / few / batch;
    double rest = Math.max(0, drawing(large) / batch - more * perStep);
    double writing = batch == 1 ? 0 : Math.max(0, (around(large) - around(first)) / (batch - 1));
    UnitCost cost =
        new UnitCost(Math.max(0, around(large) - batch * writing), perStep, rest + writing);
    return new Measured(cost, large.peakBytes(), 0, (double) bytes() / batch);
  }

  /** So many steps that they take a few seconds, at most those of the recipe. */
  private int steps(double seconds, int few) {
    long wanted = few + Math.max(1, (long) (SECONDS / Math.max(1e-6, seconds)));
    return (int) Math.min(wanted, recipe.sample().sampler().steps());
  }

  /** Draws images, and leaves them. */
  Tried draw(int count, int steps) {
    return rehearsal.run(
        StageId.SAMPLE,
        few,
        Watch.Limit.NONE,
        "sample.count=" + count,
        "sample.batch=" + count,
        "sample.sampler.steps=" + steps);
  }

  private static double drawing(Tried tried) {
    return tried.task("sample").seconds();
  }

  private static double around(Tried tried) {
    return tried.seconds() - drawing(tried);
  }

  private long bytes() {
    return Rehearsal.bytes(rehearsal.layout().samples(Network.MODEL))
        + Rehearsal.bytes(rehearsal.layout().samplesArray(Network.MODEL));
  }
}
