package io.winnow.sweep;

import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.pipeline.Pipeline;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.Stage;
import io.winnow.pipeline.WeightsCheck;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Runs in this process. */
public final class LocalRuns implements Runs {
  private final Sweep sweep;
  private final SweepLayout layout;
  private final Consumer<Path> finished;
  private final BooleanSupplier stop;

  /**
   * @param finished is told the folder of a run whose stages are done
   */
  public LocalRuns(Sweep sweep, SweepLayout layout, Consumer<Path> finished, BooleanSupplier stop) {
    this.sweep = sweep;
    this.layout = layout;
    this.finished = finished;
    this.stop = stop;
  }

  @Override
  public @OrNull String run(SweepRun run, Progress progress) {
    Path failure = layout.failure(run);
    try {
      StrictYaml.Resolved<Recipe> recipe = sweep.recipe(run);
      Path folder = layout.run(run).folder();
      WeightsCheck.check(recipe.value(), Stage.EVALUATE);
      try (Pipeline pipeline = Pipeline.open(recipe, folder, layout.store(), progress, stop)) {
        pipeline.run(Stage.EVALUATE);
      }
      finished.accept(folder);
      return null;
    } catch (Interrupted e) {
      throw e;
    } catch (RuntimeException | OutOfMemoryError e) {
      AtomicFile.writeString(failure, reason(e) + "\n" + trace(e));
      return reason(e);
    }
  }

  /** In one line: the engine puts a native stack trace behind its first one. */
  private static String reason(Throwable failure) {
    String message = failure.getMessage();
    String first = message == null ? "" : message.lines().findFirst().orElse("");
    if (failure instanceof OutOfMemoryError) {
      return "out of memory (" + first + ")";
    }
    return first.isEmpty() ? failure.getClass().getSimpleName() : first;
  }

  /** Of a defect; a mistake's message says it all. */
  private static String trace(Throwable failure) {
    StringWriter text = new StringWriter();
    if (failure instanceof IllegalArgumentException) {
      text.append(failure.getMessage()).append('\n');
    } else {
      failure.printStackTrace(new PrintWriter(text, true));
    }
    return text.toString();
  }
}
