package io.winnow.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.Check;
import io.winnow.config.Given;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.data.DatasetConfig;
import io.winnow.data.PromptsConfig;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.LatentsConfig;
import io.winnow.evaluate.EvaluateConfig;
import io.winnow.model.ModelConfig;
import io.winnow.prune.PruneConfig;
import io.winnow.tensor.ComputeConfig;
import io.winnow.train.TrainConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything that decides a run. The keys of a recipe file are the components' names; {@code
 * defaults.yaml} documents every one of them with its default.
 *
 * @param name of the run and of its folder
 * @param seed of every random draw
 * @param latents what a model on latents denoises; null for one on images
 * @param prompts what a model that is told texts is told; null for {@link PromptsConfig#DEFAULT},
 *     or where it is told none
 */
public record Recipe(
    String name,
    long seed,
    ComputeConfig compute,
    DatasetConfig dataset,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull LatentsConfig latents,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull PromptsConfig prompts,
    EncodeConfig encode,
    PruneConfig prune,
    ModelConfig model,
    TrainConfig train,
    ReweightPlan reweight,
    SampleConfig sample,
    EvaluateConfig evaluate) {
  public Recipe {
    Check.that(
        name.matches("[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*"),
        "name is \"%s\", but must be letters, digits, '.', '_' and '-': it names the run's folder.",
        name);
    Check.that(
        prompts == null || model.prompted(),
        "prompts is given, but the model is told no texts; expected model.type: stable-diffusion."
            + " Take prompts out.");
    Check.that(
        latents == null || model.latent(),
        "latents is given, but the model denoises images; expected a model on latents (model.space:"
            + " latents of a transformer). Take latents out.");
  }

  /** The same run computed elsewhere. */
  public Recipe on(ComputeConfig other) {
    return new Recipe(
        name, seed, other, dataset, latents, prompts, encode, prune, model, train, reweight, sample,
        evaluate);
  }

  /** What a model that is told texts is told. */
  PromptsConfig texts() {
    return prompts == null ? PromptsConfig.DEFAULT : prompts;
  }

  /**
   * Reads a recipe over the documented defaults.
   *
   * @param file the user's recipe
   * @param overrides {@code a.b=value} each
   * @throws io.winnow.config.ConfigException with every problem, its line and what would be right
   */
  public static StrictYaml.Resolved<Recipe> read(@OrNull Path file, List<String> overrides) {
    return StrictYaml.read(Recipe.class, defaults(), file, overrides);
  }

  /**
   * Reads a recipe with what a sweep says over it.
   *
   * @param given values by dotted key, the last one on top; overrides stand above them
   * @throws io.winnow.config.ConfigException with every problem where it was written
   */
  public static StrictYaml.Resolved<Recipe> read(
      Path file, List<Map<String, Given>> given, List<String> overrides) {
    return StrictYaml.read(Recipe.class, defaults(), file, given, overrides);
  }

  /** The documented defaults, as YAML. */
  public static String defaults() {
    try (InputStream in = Recipe.class.getResourceAsStream("defaults.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("defaults.yaml: could not be read", e);
    }
  }
}
