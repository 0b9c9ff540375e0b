package io.winnow.pipeline;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.encode.ClassifierTraining;
import io.winnow.forecast.UnitCost;
import io.winnow.pipeline.Rehearsal.Tried;
import java.nio.file.Path;

/** Tries the classifier's training and the encoding of images. */
final class EncodingProbe {
  private static final double SECONDS = 5;

  private final Rehearsal rehearsal;
  private final Recipe recipe;
  private final RunData few;
  private final RunData all;

  EncodingProbe(Rehearsal rehearsal, Recipe recipe, RunData few, RunData all) {
    this.rehearsal = rehearsal;
    this.recipe = recipe;
    this.few = few;
    this.all = all;
  }

  /**
   * The classifier: some seconds of updates, and one epoch on a few images, whose classifier stays.
   */
  Measured classifier() {
    long most = ClassifierTraining.updates(all.size(), recipe.encode().training());
    Watch.Limit limit = new Watch.Limit(SECONDS, most);
    Tried some = rehearsal.run(StageId.ENCODER, few, limit, "encode.training.epochs=1000");
    double update = some.task("encoder").perPiece();
    Tried epoch = rehearsal.run(StageId.ENCODER, few, Watch.Limit.NONE, "encode.training.epochs=1");
    double around = Math.max(0, epoch.seconds() - epoch.task("encoder").done() * update);
    return new Measured(
        new UnitCost(around, update, 0),
        Math.max(some.peakBytes(), epoch.peakBytes()),
        Rehearsal.bytes(rehearsal.layout().encoder()),
        0);
  }

  /** Features of a few images, which stay, and of as many of all as there is time for. */
  Measured features() {
    Tried tried = rehearsal.run(StageId.ENCODE, all, Watch.Limit.seconds(SECONDS));
    Watch.Task batches = tried.task("encode");
    rehearsal.run(StageId.ENCODE, few, Watch.Limit.NONE);
    double perImage = (double) Rehearsal.bytes(featuresFolder()) / few.size();
    UnitCost cost =
        new UnitCost(Math.max(0, tried.seconds() - batches.seconds()), batches.perPiece(), 0);
    return new Measured(cost, tried.peakBytes(), 0, perImage);
  }

  /** D of the features; {@link #features} was tried. */
  int dimension() {
    try (Features features = FeatureFolder.read(featuresFolder())) {
      return features.dimension();
    }
  }

  private Path featuresFolder() {
    return rehearsal.layout().features(recipe.encode().encoder());
  }
}
