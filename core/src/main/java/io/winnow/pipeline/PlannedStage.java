package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.DatasetConfig;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.forecast.Work;
import io.winnow.pipeline.Judges.Real;
import io.winnow.train.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A stage of a run before it has run: what it would do, as far as the recipe tells.
 *
 * @param name as {@code run.json} has it
 * @param shared equal for stages of several runs whose outputs a store keeps once; null for a stage
 *     that every run does itself
 * @param updates of a network; 0 where nothing is trained, null where they depend on the unknown
 *     number of images
 * @param images that {@code run.json} will count; 0 where it counts none, null where they depend on
 *     the unknown number of images
 */
public record PlannedStage(
    String name, @OrNull String shared, @OrNull Long updates, @OrNull Long images) {
  private static final int CIFAR10 = 50_000;

  /** Names of all stages that there are, in the order in which they run. */
  public static final List<String> ORDER =
      Arrays.stream(StageId.values()).map(StageId::word).toList();

  /**
   * The stages of a run in their order.
   *
   * @param images of the data set; null where that is unknown
   */
  public static List<PlannedStage> of(Recipe recipe, @OrNull Integer images) {
    Plan plan = new Plan(recipe, images);
    return RunPlan.of(recipe, Stage.EVALUATE).stream().map(plan::stage).toList();
  }

  /**
   * How many images the data set of a recipe has, where that is known without reading it.
   *
   * @param run a run that may have read it; its unusable images do not count
   * @return null where it is unknown
   */
  public static @OrNull Integer imagesOf(Recipe recipe, RunLayout run) {
    if (Files.exists(run.inventory())) {
      return Json.read(run.inventory(), RunData.Stored.class).inventory().items().size();
    }
    DatasetConfig data = recipe.dataset();
    if (data.type() == DatasetConfig.Type.SHAPES) {
      return data.count();
    }
    return data.type() == DatasetConfig.Type.CIFAR10 && data.split().equals("train")
        ? CIFAR10
        : null;
  }

  /** One recipe. */
  private static final class Plan {
    private static final int ANY = 10_000;

    private final Recipe recipe;
    private final Integer images; // null: unknown
    private final Map<StageId, String> keys = new EnumMap<>(StageId.class);
    private final StageInputs inputs;

    Plan(Recipe recipe, @OrNull Integer images) {
      this.recipe = recipe;
      this.images = images;
      this.inputs =
          new StageInputs(
              recipe,
              Json.string(recipe.dataset()) + ofSeed(),
              id -> Map.of("key", keys.getOrDefault(id, "")),
              Path::toString);
    }

    /** Drawn images are others for another seed. */
    private String ofSeed() {
      return recipe.dataset().type() == DatasetConfig.Type.SHAPES ? " " + recipe.seed() : "";
    }

    PlannedStage stage(StageId id) {
      if (id.shared()) {
        keys.put(id, Sha256.of(id + Json.string(inputs(id))));
      }
      return new PlannedStage(id.word(), keys.get(id), updates(id), images(id));
    }

    /** Of a stage that runs share: equal where the stage's own would be. */
    private Map<String, String> inputs(StageId id) {
      return switch (id) {
        case ENCODER -> inputs.encoder();
        case ENCODE -> inputs.encode();
        case SCORE -> inputs.score();
        case TEXTS -> inputs.texts(List.of(recipe.texts().toString()));
        case AUTOENCODER -> inputs.autoencoder();
        case LATENTS ->
            inputs.latents(
                Path.of(
                    recipe.latents().trains()
                        ? keys.get(StageId.AUTOENCODER)
                        : recipe.latents().vae()));
        case REFERENCE -> inputs.reference(reference(images == null ? ANY : images));
        case JUDGE -> inputs.judge(new Judges(recipe).shown(), this::real);
        default -> throw new IllegalArgumentException(id + " is not shared");
      };
    }

    private String real(Real images) {
      return switch (images) {
        case TRAINING -> Json.string(recipe.dataset()) + ofSeed();
        case REFERENCE -> recipe.evaluate().reference() + size();
        case HELD_OUT -> Json.string(recipe.dataset()) + recipe.evaluate().heldOut() + ofSeed();
      };
    }

    private String size() {
      return " " + recipe.dataset().size() + " " + recipe.dataset().resize();
    }

    private TrainConfig reference(int size) {
      return ReweightPlan.lasting(recipe.train(), recipe.reweight().reference().epochs(), size);
    }

    private @OrNull Long updates(StageId id) {
      return switch (id) {
        case ENCODER, AUTOENCODER, REFERENCE, REWEIGHT, TRAIN, TRAIN_UNWEIGHTED -> {
          Work work = work(id);
          yield work == null ? null : work.units();
        }
        default -> 0L;
      };
    }

    private @OrNull Long images(StageId id) {
      Work work = work(id);
      return work == null ? null : work.images();
    }

    private @OrNull Work work(StageId id) {
      if (images != null) {
        return new StageWork(recipe, images, kept(), 0).of(id);
      }
      return switch (id) {
        case SCORE, PRUNE, TEXTS, AUTOENCODER, SAMPLE, SAMPLE_UNWEIGHTED, JUDGE, EVALUATE ->
            new StageWork(recipe, 0, 0, 0).of(id); // whatever the number of images
        case ENCODER, ENCODE, LATENTS -> null;
        case REFERENCE -> bySteps(recipe.reweight().reference().epochs());
        case REWEIGHT ->
            recipe.reweight().settings().needsProxy()
                ? bySteps(recipe.reweight().proxy().epochs())
                : Work.NONE;
        case TRAIN, TRAIN_UNWEIGHTED -> bySteps(null);
      };
    }

    /** A training whose number of updates stands in the recipe, in full batches. */
    private @OrNull Work bySteps(@OrNull Integer epochs) {
      Long steps = recipe.train().steps();
      return epochs != null || steps == null
          ? null
          : new Work(steps, steps * recipe.train().batch());
    }

    private int kept() {
      return (int) Math.max(1, Math.round(recipe.prune().ratio() * images));
    }
  }
}
