package io.winnow.pipeline;

import io.winnow.files.Json;
import io.winnow.forecast.UnitCost;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.LabelsOnly;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.prune.Pruning;
import io.winnow.prune.TensorRows;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;

/**
 * Tries scores and selection on random features, as many as there is time and memory for: their
 * values decide neither.
 */
final class SelectionProbe {
  private static final double SECONDS = 1;
  private static final int FIRST = 2000;
  private static final long MOST_BYTES = 1L << 29;

  private final Recipe recipe;
  private final int[] labels; // [N]
  private final Rehearsal rehearsal;
  private final RunData few;

  SelectionProbe(Rehearsal rehearsal, Recipe recipe, RunData few, int[] labels) {
    this.rehearsal = rehearsal;
    this.recipe = recipe;
    this.few = few;
    this.labels = labels;
  }

  /** Images that the recipe keeps. */
  static int kept(PruneConfig config, int[] labels, long seed) {
    PruneConfig uniform = PruneConfig.of(Method.UNIFORM, config.ratio());
    return Pruning.select(new LabelsOnly(labels), uniform, seed, Progress.SILENT).kept().length;
  }

  /** The scores of every image. */
  Measured scores(int dimension) {
    return new Measured(UnitCost.once(seconds(dimension)), null, 8L * labels.length, 0);
  }

  /** The selection; with steps, their scores as well. */
  Measured selection(int dimension) {
    double writing = rehearsal.run(StageId.PRUNE, few, Watch.Limit.NONE).seconds();
    boolean scores = recipe.prune().steps() != null && recipe.prune().readsFeatures();
    double seconds = writing + losses() + (scores ? seconds(dimension) : 0);
    return new Measured(UnitCost.once(seconds), null);
  }

  /** Of networks that steps ask about every image. */
  private double losses() {
    double seconds = 0;
    List<PruneStep> steps = recipe.prune().steps() == null ? List.of() : recipe.prune().steps();
    for (PruneStep step : steps) {
      if (step instanceof PruneStep.Losses losses) {
        for (String model : losses.models()) {
          seconds += asked(model) * labels.length * losses.asked();
        }
      }
    }
    return seconds;
  }

  /** Seconds of one image at one noise level. */
  private double asked(String model) {
    String one = "{step: diffusion-loss, levels: 1, model: " + Json.string(model) + "}";
    Rehearsal.Tried tried =
        rehearsal.run(StageId.PRUNE, few, Watch.Limit.NONE, "prune.steps=[" + one + "]");
    return tried.task("losses").seconds() / few.size();
  }

  private double seconds(int dimension) {
    int most = (int) Math.min(labels.length, MOST_BYTES / 4 / dimension);
    int rows = Math.min(FIRST, most);
    double seconds = seconds(rows, dimension);
    while (rows < most && seconds < SECONDS) {
      rows = Math.min(most, 2 * rows);
      seconds = seconds(rows, dimension);
    }
    return seconds * Math.pow((double) labels.length / rows, pairs() ? 2 : 1);
  }

  /** Whether images are compared with each other and not with a model of them. */
  private boolean pairs() {
    return recipe.prune().steps() != null || recipe.prune().method() == Method.NEAREST_NEIGHBOURS;
  }

  private double seconds(int rows, int dimension) {
    int[] spread =
        IntStream.range(0, rows)
            .map(i -> labels[(int) ((long) i * labels.length / rows)])
            .toArray();
    try (Scope scope = Scope.open()) {
      TensorRows random = new TensorRows(torch.randn(rows, dimension), spread);
      long began = System.nanoTime();
      if (recipe.prune().steps() != null) {
        ImageLosses alike = (model, levels) -> new double[levels][rows];
        Pruning.select(random, recipe.prune(), alike, recipe.seed(), Progress.SILENT);
      } else {
        Pruning.score(random, recipe.prune(), Progress.SILENT);
      }
      return (System.nanoTime() - began) / 1e9;
    }
  }
}
