package io.winnow.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Which stages a recipe has. */
final class RunPlan {
  private RunPlan() {}

  /** The stages up to a goal, in their order. */
  static List<StageId> of(Recipe recipe, Stage until) {
    return Arrays.stream(StageId.values())
        .filter(id -> id.goal().compareTo(until) <= 0 && wants(recipe, id, until))
        .toList();
  }

  /**
   * The stages whose outputs a stage takes, as {@link StageInputs} has them; a recipe need not have
   * all of them.
   */
  static Set<StageId> before(StageId id) {
    return switch (id) {
      case ENCODER, TEXTS, AUTOENCODER -> Set.of();
      case ENCODE -> Set.of(StageId.ENCODER);
      case SCORE -> Set.of(StageId.ENCODE);
      case PRUNE -> Set.of(StageId.SCORE, StageId.ENCODE);
      case LATENTS -> Set.of(StageId.AUTOENCODER);
      case REFERENCE -> Set.of(StageId.TEXTS, StageId.LATENTS);
      case REWEIGHT -> Set.of(StageId.TEXTS, StageId.LATENTS, StageId.PRUNE, StageId.REFERENCE);
      case TRAIN -> Set.of(StageId.TEXTS, StageId.LATENTS, StageId.PRUNE, StageId.REWEIGHT);
      case TRAIN_UNWEIGHTED -> Set.of(StageId.TEXTS, StageId.LATENTS, StageId.PRUNE);
      case SAMPLE -> Set.of(StageId.TRAIN);
      case SAMPLE_UNWEIGHTED -> Set.of(StageId.TRAIN_UNWEIGHTED);
      case JUDGE -> Set.of(StageId.ENCODER);
      case EVALUATE ->
          Set.of(
              StageId.SAMPLE,
              StageId.SAMPLE_UNWEIGHTED,
              StageId.PRUNE,
              StageId.ENCODE,
              StageId.JUDGE);
    };
  }

  /** Whether the model is trained, sampled and measured without class weights as well. */
  static boolean hasBaseline(Recipe recipe) {
    return recipe.reweight().enabled() && recipe.reweight().baseline();
  }

  private static boolean wants(Recipe recipe, StageId id, Stage until) {
    return switch (id) {
      case ENCODER -> encodes(recipe, until) && recipe.encode().trains();
      case ENCODE -> encodes(recipe, until);
      case SCORE -> PruneStage.scoresApart(recipe.prune());
      case TEXTS -> recipe.model().prompted();
      case AUTOENCODER -> recipe.latents() != null && recipe.latents().trains();
      case LATENTS -> recipe.latents() != null;
      case REFERENCE -> recipe.reweight().trainsReference();
      case REWEIGHT -> recipe.reweight().enabled();
      case TRAIN_UNWEIGHTED, SAMPLE_UNWEIGHTED -> hasBaseline(recipe);
      case JUDGE -> !new Judges(recipe).shown().isEmpty();
      case PRUNE, TRAIN, SAMPLE, EVALUATE -> true;
    };
  }

  /** Whether the images are encoded on the way to a goal. */
  private static boolean encodes(Recipe recipe, Stage until) {
    return until == Stage.ENCODE
        || PruneStage.needsFeatures(recipe.prune())
        || (until == Stage.EVALUATE && new Judges(recipe).needOwn());
  }
}
