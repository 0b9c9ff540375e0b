package io.winnow.cli;

import io.winnow.diffusion.SamplerConfig;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.model.ModelFolder;
import io.winnow.pipeline.SampleConfig;
import io.winnow.pipeline.Sampling;
import io.winnow.pipeline.Stage;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws samples: of a recipe's model, or of any class-conditional checkpoint folder. */
@Command(
    name = "sample",
    mixinStandardHelpOptions = true,
    description = {
      "Draws samples from a recipe's model, with every stage before that is not up to date.",
      "A recipe's settings are changed with --set. From a diffusers folder it needs no recipe:",
      "  winnow sample MODEL --count 1000 --out samples",
      "  winnow sample MODEL --prompt \"a photo of a church\" --guidance-scale 5 --out samples"
    })
final class SampleCommand implements Callable<Integer> {
  private final Console console;

  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "RECIPE|MODEL",
      description = "A recipe, or a checkpoint folder with a UNet2DModel or an MDT.")
  Path what;

  @Option(names = "--count", defaultValue = "1000", description = "Samples (${DEFAULT-VALUE}).")
  int count;

  @Option(names = "--batch", defaultValue = "100", description = "At a time (${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "NAME",
      description = "Class names in label order; numbers without it.")
  List<String> classes = new ArrayList<>();

  @Option(
      names = "--guidance-weight",
      paramLabel = "W",
      defaultValue = "0.3",
      description = "w of (1 + w) cond - w uncond (${DEFAULT-VALUE}; 0 without classes).")
  double guidanceWeight;

  @Option(
      names = "--guidance-scale",
      paramLabel = "S",
      description = "The same as a scale, 1 + w, for example 5 with Stable Diffusion.")
  Double guidanceScale;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Of a model that is told texts; several are drawn in turn.")
  List<String> prompts = new ArrayList<>();

  @Option(names = "--steps", defaultValue = "100", description = "Steps (${DEFAULT-VALUE}).")
  int steps;

  @Option(
      names = "--sampler",
      defaultValue = "ddim",
      description = "ddim, ddpm, iddpm, euler or heun (${DEFAULT-VALUE}).")
  SamplerConfig.Method method;

  @Option(
      names = "--rule",
      defaultValue = "fx",
      description = "fx or diffusers (${DEFAULT-VALUE}).")
  SamplerConfig.Rule rule;

  @Option(names = "--eta", defaultValue = "0", description = "Of DDIM (${DEFAULT-VALUE}).")
  double eta;

  @Option(names = "--seed", defaultValue = "0", description = "Seed (${DEFAULT-VALUE}).")
  long seed;

  @Mixin ComputeOptions place;

  @Mixin RecipeOptions options;

  SampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (RecipeOptions.isRecipe(what)) {
      refuseModelOptions();
      return options.run(what, Stage.SAMPLE, console);
    }
    if (options.out == null) {
      throw new IllegalArgumentException(
          "sample " + what + ": no place for the samples; expected --out DIR, or --out FILE.npz.");
    }
    Sampling.requireFree(options.out);
    List<String> names = names();
    boolean npz = options.out.toString().endsWith(".npz");
    SampleConfig config =
        new SampleConfig(
            new SamplerConfig(method, rule, steps, eta, false),
            weight(names.isEmpty()),
            guidanceScale,
            null,
            count,
            batch,
            SampleConfig.Weights.EMA,
            SampleConfig.Labels.BALANCED,
            npz ? SampleConfig.Format.NPZ : SampleConfig.Format.PNG);
    Compute compute = place.compute("auto");
    // Batches of other settings or of another model are not gone on with.
    String settings = Json.string(config) + names + seed + what.toAbsolutePath();
    Path parts =
        options.out.resolveSibling(
            "." + options.out.getFileName() + "-" + Sha256.of(settings).substring(0, 12));
    Sampling sampling =
        prompts.isEmpty()
            ? new Sampling(config, names, seed, compute)
            : Sampling.ofPrompts(config, prompts, seed, compute);
    sampling.run(what, parts, options.out, console.progress(), console.stop());
    console.out().println(options.out);
    return ExitCode.DONE;
  }

  /** A recipe says by itself what the options say for a checkpoint folder. */
  private void refuseModelOptions() {
    Map<String, OptionSpec> ofRecipes = spec.mixins().get("options").optionsMap();
    List<String> given =
        spec.commandLine().getParseResult().matchedOptions().stream()
            .map(OptionSpec::longestName)
            .filter(name -> !ofRecipes.containsKey(name))
            .toList();
    if (!given.isEmpty()) {
      throw new IllegalArgumentException(
          "sample %s: %s: only for a checkpoint folder; expected the recipe's own settings. Use --set,"
                  .formatted(what, String.join(", ", given))
              + " for example --set sample.count=100.");
    }
  }

  /** Of a network without classes 0, unless it is given; null where a scale is given. */
  private Double weight(boolean none) {
    if (guidanceScale != null && guidanceGiven()) {
      throw new IllegalArgumentException(
          "sample: --guidance-weight and --guidance-scale both say how strong guidance is (scale = 1 +"
              + " weight); expected one of them.");
    }
    if (guidanceScale != null) {
      return null;
    }
    return none && !guidanceGiven() ? 0 : guidanceWeight;
  }

  private boolean guidanceGiven() {
    return spec.commandLine().getParseResult().hasMatchedOption("--guidance-weight");
  }

  /** Names of the classes in label order; none where the network has no classes. */
  private List<String> names() {
    if (!prompts.isEmpty()) {
      return prompts;
    }
    if (!classes.isEmpty()) {
      return classes;
    }
    Path file = ModelFolder.configFile(what);
    if (file == null) {
      throw new IllegalArgumentException(
          what
              + ": neither unet/config.json nor config.json; expected a recipe (.yaml) or a"
              + " checkpoint folder of diffusers.");
    }
    Integer embedded = ModelFolder.classEmbeddings(file);
    if (embedded == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (int k = 0; k < embedded - 1; k++) {
      names.add("%04d".formatted(k));
    }
    return names;
  }
}
