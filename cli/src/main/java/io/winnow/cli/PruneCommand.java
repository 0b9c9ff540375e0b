package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.pipeline.Stage;
import io.winnow.prune.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which images to keep: of a recipe's data, or of any images, without a recipe. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    description = {
      "Chooses the images to keep and writes the manifest with its exports.",
      "With a recipe it works in the run's folder; with images it needs no recipe:",
      "  winnow prune photos/ --encoder resnet18 --weights FILE --ratio 0.2"
    })
final class PruneCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "RECIPE|IMAGES",
      description = "A recipe, or a folder, ZIP or TAR of images with a folder per class.")
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
          "moderate (default), moderate-official, gaussian, ppca, nearest-neighbours or uniform.")
  @OrNull
  String method;

  @Option(names = "--ratio", paramLabel = "R", description = "The share to keep, in (0, 1].")
  @OrNull
  String ratio;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "Folder of the set to take, for example train (default: everything).")
  @OrNull
  String split;

  @Mixin RecipeOptions options;

  PruneCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> given = new ArrayList<>();
    add(given, "encode.encoder", encoder);
    add(given, "encode.weights", weights);
    add(given, "prune.method", method);
    add(given, "prune.ratio", ratio);
    if (RecipeOptions.isRecipe(what)) {
      add(given, "dataset.split", split);
      options.overrides.addAll(0, given);
      return options.run(what, Stage.PRUNE, console);
    }
    requireEncoder();
    String name = RecipeOptions.nameOf(what);
    given.add("name=" + name);
    given.add("dataset.type=image-folder");
    given.add("dataset.path=\"" + what.toString().replace("\\", "\\\\") + "\"");
    given.add("dataset.split=\"" + (split == null ? "" : split) + "\"");
    options.overrides.addAll(0, given);
    if (options.out == null) {
      options.out = Path.of("runs", "prune-" + name);
    }
    return options.run(null, Stage.PRUNE, console);
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
