package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.forecast.UnitCost;
import io.winnow.pipeline.Rehearsal.Tried;
import java.nio.file.Path;

/** Tries what a model that is no network of pixels needs: texts, an autoencoder, latents. */
final class LatentProbe {
  private static final int UPDATES = 8;

  private final Rehearsal rehearsal;
  private final RunData few;
  private final RunLayout layout;

  LatentProbe(Rehearsal rehearsal, RunData few) {
    this.rehearsal = rehearsal;
    this.few = few;
    this.layout = rehearsal.layout();
  }

  /** The states of the texts of a few images, which stay. */
  Measured texts(StageWork work) {
    Tried tried = rehearsal.run(StageId.TEXTS, few, Watch.Limit.NONE);
    long texts = work.of(StageId.TEXTS).units();
    return new Measured(
        new UnitCost(0, tried.seconds() / texts, 0),
        tried.peakBytes(),
        Rehearsal.bytes(layout.texts()),
        0);
  }

  /** An autoencoder trained for a few updates, which stays. */
  Measured autoencoder() {
    Tried tried =
        rehearsal.run(
            StageId.AUTOENCODER, few, Watch.Limit.NONE, "latents.training.steps=" + UPDATES);
    Watch.Task updates = tried.tasks().values().iterator().next();
    double around = Math.max(0, tried.seconds() - UPDATES * updates.perPiece());
    return new Measured(
        new UnitCost(around, updates.perPiece(), 0),
        tried.peakBytes(),
        Rehearsal.bytes(layout.autoencoder()),
        0);
  }

  /** The moments of a few images, which stay. */
  Measured latents(StageWork work) {
    Tried tried = rehearsal.run(StageId.LATENTS, few, Watch.Limit.NONE);
    Watch.Task batches = tried.tasks().values().iterator().next();
    Path folder = layout.latents();
    double perImage = (double) Rehearsal.bytes(folder) / work.of(StageId.LATENTS).images();
    return new Measured(
        new UnitCost(Math.max(0, tried.seconds() - batches.seconds()), batches.perPiece(), 0),
        tried.peakBytes(),
        0,
        perImage);
  }
}
