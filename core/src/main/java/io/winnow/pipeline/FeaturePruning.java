package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.FeatureSource;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.Pruning;
import io.winnow.prune.RowsOfFeatures;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Selection from {@linkplain FeatureSource features brought along}: a folder with a manifest and
 * its exports, without images, stages or a recipe. {@code prune.yaml} in it says how it came about.
 */
public final class FeaturePruning {
  private static final String CPU = "compute: {threads: physical}\n";

  private FeaturePruning() {}

  /**
   * Everything that decides the selection.
   *
   * @param features where they lie, and what names their rows
   * @param seed of every random draw
   * @param compute what the selection may take of the machine; decides nothing
   */
  public record Settings(FeatureSource features, PruneConfig prune, long seed, Cpu compute) {}

  /**
   * The part of a recipe's {@code compute} block that selections heed.
   *
   * @param threads {@code physical} (one per physical core) or a number
   */
  public record Cpu(String threads) {
    public Cpu {
      asked(threads);
    }

    private static ComputeConfig asked(String threads) {
      return new ComputeConfig("cpu", "float32", threads);
    }

    private void apply() {
      Compute.of(asked(threads)).apply();
    }
  }

  /**
   * Settings over the documented defaults of a recipe's {@code prune} block.
   *
   * @param overrides {@code a.b=value} each
   */
  public static StrictYaml.Resolved<Settings> settings(List<String> overrides) {
    return StrictYaml.read(Settings.class, "seed: 0\n" + CPU + pruneBlock(), null, overrides);
  }

  /** The lines of the defaults that belong to the block. */
  private static String pruneBlock() {
    return Recipe.defaults()
        .lines()
        .dropWhile(line -> !line.startsWith("prune:"))
        .takeWhile(line -> line.startsWith("prune:") || line.isBlank() || line.startsWith(" "))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /**
   * Selects and writes {@code coreset.parquet} with its exports.
   *
   * @param folder for the manifest; that of a recipe's run is refused
   */
  public static Coreset run(
      StrictYaml.Resolved<Settings> resolved, Path folder, Progress progress) {
    RunLayout layout = new RunLayout(folder);
    if (Files.exists(layout.record())) {
      throw new IllegalArgumentException(
          folder
              + ": is the folder of a recipe's run; expected one for this selection. Choose"
              + " another, --out DIR.");
    }
    Settings settings = resolved.value();
    settings.compute().apply();
    try (Features features = settings.features().open(layout.features("given"))) {
      RowsOfFeatures rows = new RowsOfFeatures(features);
      Pruning.requireFinite(rows);
      Pruning.Result result = Pruning.select(rows, settings.prune(), settings.seed(), progress);
      result.notes().forEach(note -> progress.note("prune: " + note));
      Coreset coreset =
          new CoresetMaker(samples(features), ContentHash.of(settings.features().path()))
              .make(result, settings.prune(), settings.seed(), encoder(features));
      Leftovers.delete(layout.diagnostics());
      AtomicFile.writeString(layout.pruneSettings(), resolved.yaml());
      CoresetFiles.write(coreset, folder);
      return coreset;
    }
  }

  /** What decided the selection in a folder. */
  static Settings settings(Path folder) {
    Path file = new RunLayout(folder).pruneSettings();
    return StrictYaml.read(Settings.class, CPU, file, List.of()).value();
  }

  private static String encoder(Features features) {
    return features.encoder().stated() ? features.encoder().hash() : null;
  }

  private static List<CoresetMaker.Sample> samples(Features features) {
    int[] labels = features.labels();
    return IntStream.range(0, labels.length)
        .mapToObj(
            i -> {
              String id = features.ids().get(i);
              String className = labels[i] < 0 ? "none" : features.classes().get(labels[i]);
              return new CoresetMaker.Sample(id, id, "", labels[i], className);
            })
        .toList();
  }
}
