package io.winnow.pipeline;

import io.winnow.encode.ClassifierConfig;
import io.winnow.encode.ClassifierTraining;
import io.winnow.forecast.Work;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainLength;

/**
 * How much work the stages of a recipe are, by its numbers alone.
 *
 * @param images of the data set
 * @param kept images of the coreset
 * @param classes K
 */
record StageWork(Recipe recipe, int images, int kept, int classes) {
  /** Of a stage that the recipe has. */
  Work of(StageId id) {
    return switch (id) {
      case ENCODER -> classifier(recipe.encode().training());
      case ENCODE -> new Work(batches(images, recipe.encode().batch()), images);
      case SCORE, PRUNE, JUDGE -> Work.NONE;
      case TEXTS -> new Work(classes + (recipe.texts().captions() == null ? 0L : images), 0);
      case AUTOENCODER -> autoencoder();
      case LATENTS -> latents();
      case REFERENCE -> training(lasting(recipe.reweight().reference().epochs(), images), images);
      case REWEIGHT ->
          recipe.reweight().settings().needsProxy()
              ? training(lasting(recipe.reweight().proxy().epochs(), kept), kept)
              : Work.NONE;
      case TRAIN, TRAIN_UNWEIGHTED -> training(recipe.train(), kept);
      case SAMPLE, SAMPLE_UNWEIGHTED ->
          new Work(
              (long) recipe.sample().count() * recipe.sample().sampler().steps(),
              recipe.sample().count());
      case EVALUATE -> new Work(0, recipe.sample().count());
    };
  }

  private static long batches(long images, int batch) {
    return (images + batch - 1) / batch;
  }

  private Work classifier(ClassifierConfig config) {
    long trainings = config.folds() == null ? 1 : config.folds();
    return new Work(
        ClassifierTraining.updates(images, config), trainings * config.epochs() * images);
  }

  private Work autoencoder() {
    long steps = recipe.latents().training().steps();
    return new Work(steps, steps * recipe.latents().training().batch());
  }

  private Work latents() {
    long views = recipe.train().flip() ? 2 : 1;
    return new Work(batches(images, recipe.latents().batch()), views * images);
  }

  private TrainConfig lasting(Integer epochs, int trained) {
    return ReweightPlan.lasting(recipe.train(), epochs, trained);
  }

  private Work training(TrainConfig config, int trained) {
    TrainLength length = TrainLength.of(config, trained, images);
    return new Work(length.updates(), length.images());
  }
}
