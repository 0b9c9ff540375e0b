package io.winnow.cli;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.FeatureSource;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.config.OrNull;
import io.winnow.files.Json;
import io.winnow.pipeline.CoresetDiagnosis;
import io.winnow.pipeline.FeaturePruning;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.Stage;
import io.winnow.prune.Method;
import io.winnow.prune.StepNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What to keep: of a recipe's data, of any images, or of features, the last without a recipe. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    description = {
      "Chooses the images to keep and writes the manifest with its exports.",
      "With a recipe it works in the run's folder; images and features need no recipe:",
      "  winnow prune photos/ --encoder resnet18 --weights FILE --ratio 0.2",
      "  winnow prune features.parquet --embedding vector --method k-center --ratio 0.2",
      "Features are a folder of winnow encode, .npy, .npz or .parquet."
    })
final class PruneCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "RECIPE|IMAGES|FEATURES",
      description =
          "A recipe; a folder, ZIP or TAR of images with a folder per class; or features.")
  Path what;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      completionCandidates = EncoderOptions.Names.class,
      description = "Whose features are scored: one of ${COMPLETION-CANDIDATES}.")
  @OrNull
  String encoder;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "The encoder's file; train trains resnet18-cifar on the images themselves.")
  @OrNull
  String weights;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description =
          "moderate (default), moderate-official, gaussian, ppca, nearest-neighbours, uniform; or"
              + " one step alone: near-duplicates, clusters, k-center, herding,"
              + " facility-location.")
  @OrNull
  String method;

  @Option(
      names = "--steps",
      paramLabel = "LIST",
      description =
          "Steps in the place of a method: \"[{step: near-duplicates, eps: 0.05}, ...]\".")
  @OrNull
  String steps;

  @Option(names = "--ratio", paramLabel = "R", description = "The share to keep, in (0, 1].")
  @OrNull
  String ratio;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "Folder of the set to take, for example train (default: everything).")
  @OrNull
  String split;

  @Option(
      names = "--embedding",
      paramLabel = "NAME",
      description = "Of features: column of the Parquet, or array of the .npz, that has them.")
  @OrNull
  String embedding;

  @Option(
      names = "--ids",
      paramLabel = "NAME|FILE",
      description = "Of features: column, array or file (.npy, or text) with an id a row.")
  @OrNull
  String ids;

  @Option(
      names = "--labels",
      paramLabel = "NAME|FILE",
      description = "Of features: column, array or file with a label a row; none for one class.")
  @OrNull
  String labels;

  @Option(
      names = "--against",
      paramLabel = "CORESET",
      description = "Another selection from the same rows, to say how much both have in common.")
  @OrNull
  Path against;

  @Mixin RecipeOptions options;

  PruneCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> given = new ArrayList<>();
    addSelection(given);
    if (!RecipeOptions.isRecipe(what) && FeatureSource.isAt(what)) {
      return features(given);
    }
    refuse(
        "features",
        embedding != null || ids != null || labels != null,
        "--embedding, --ids and --labels");
    add(given, "encode.encoder", encoder);
    add(given, "encode.weights", weights);
    if (RecipeOptions.isRecipe(what)) {
      add(given, "dataset.split", split);
      options.overrides.addAll(0, given);
      options.run(what, Stage.PRUNE, console);
      return looked(options.folder(Recipe.read(what, options.overrides).value()));
    }
    requireEncoder();
    String name = RecipeOptions.nameOf(what);
    given.add("name=" + name);
    given.add("dataset.type=image-folder");
    given.add("dataset.path=" + quoted(what.toString()));
    given.add("dataset.split=\"" + (split == null ? "" : split) + "\"");
    options.overrides.addAll(0, given);
    options.out = out(name);
    options.run(null, Stage.PRUNE, console);
    return looked(options.out);
  }

  /** Says what the selection keeps; the record of the run is the JSON of a recipe. */
  private int looked(Path folder) {
    SelectionDiagnostics found = CoresetDiagnosis.compare(folder, against, console.progress());
    if (!options.json) {
      SelectionSummary.print(found, console.out());
    }
    return ExitCode.DONE;
  }

  private int features(List<String> given) {
    refuse(
        "images",
        encoder != null || weights != null || split != null,
        "--encoder, --weights and --split");
    given.add("features.path=" + quoted(what.toAbsolutePath().normalize().toString()));
    add(given, "features.embedding", embedding == null ? null : quoted(embedding));
    add(given, "features.ids", ids == null ? null : quoted(ids));
    add(given, "features.labels", labels == null ? null : quoted(labels));
    options.overrides.addAll(0, given);
    Path folder = out(RecipeOptions.nameOf(what));
    Coreset coreset =
        FeaturePruning.run(FeaturePruning.settings(options.overrides), folder, console.progress());
    SelectionDiagnostics found = CoresetDiagnosis.compare(folder, against, console.progress());
    if (options.json) {
      console.out().print(Json.pretty(SelectionSummary.facts(coreset, found, folder)));
      return ExitCode.DONE;
    }
    SelectionSummary.print(coreset, folder, console.out());
    SelectionSummary.print(found, console.out());
    return ExitCode.DONE;
  }

  private void addSelection(List<String> given) {
    boolean step = method != null && StepNames.all().contains(method);
    if (steps != null && method != null) {
      throw new IllegalArgumentException(
          "prune "
              + what
              + ": --method and --steps are both given; expected one. A step of its own"
              + " is {step: preset, method: "
              + method
              + "}.");
    }
    String whole = method == null ? steps : "null"; // a method stands in the place of steps
    add(given, "prune.steps", step ? "[{step: " + method + "}]" : whole);
    add(given, "prune.method", step ? null : method);
    add(given, "prune.ratio", ratio);
  }

  private void refuse(String of, boolean given, String names) {
    if (given) {
      throw new IllegalArgumentException(
          "prune "
              + what
              + ": "
              + names
              + " are options of "
              + of
              + "; expected none of them here. Leave them out.");
    }
  }

  private Path out(String name) {
    return options.out == null ? Path.of("runs", "prune-" + name) : options.out;
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private void requireEncoder() {
    String uniform = Method.UNIFORM.name().toLowerCase(Locale.ROOT);
    if (!uniform.equals(method) && (encoder == null || weights == null)) {
      throw new IllegalArgumentException(
          "prune "
              + what
              + ": no encoder; expected --encoder NAME --weights FILE. winnow weights list says"
              + " what there is; --method uniform needs none.");
    }
  }

  private static void add(List<String> overrides, String key, @OrNull String value) {
    if (value != null) {
      overrides.add(key + "=" + value);
    }
  }
}
