package io.winnow.pipeline;

import java.util.Arrays;
import java.util.List;

/** Which stages a recipe has. */
final class RunPlan {
  private RunPlan() {}

  /** The stages up to a goal, in their order. */
  static List<StageId> of(Recipe recipe, Stage until) {
    return Arrays.stream(StageId.values())
        .filter(id -> id.goal().compareTo(until) <= 0 && wants(recipe, id, until))
        .toList();
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
      case PRUNE, TRAIN, SAMPLE, EVALUATE -> true;
    };
  }

  /** Whether the images are encoded on the way to a goal. */
  private static boolean encodes(Recipe recipe, Stage until) {
    return until == Stage.ENCODE
        || PruneStage.needsFeatures(recipe.prune())
        || (until == Stage.EVALUATE && EvaluateStage.needsEncoder(recipe));
  }
}
