package io.winnow.pipeline;

import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The coreset against the full data in three countings (design.md, section 8). Where the full side
 * was not run, its time follows from its images and this run's measured time per image, and the
 * basis says so.
 */
final class SpeedUpStage {
  /**
   * What the full side would do.
   *
   * @param images that one training on everything puts through the network
   * @param referenceIsFull whether the reference of this run is just such a training
   */
  record Full(long images, boolean referenceIsFull) {}

  /**
   * The full side of a comparison.
   *
   * @param measured whether it was run
   * @param basis where its seconds come from
   */
  private record FullSide(double seconds, long images, boolean measured, String basis) {
    SpeedUp against(Kind kind, double coresetSeconds, long coresetImages, String coresetBasis) {
      return new SpeedUp(
          kind, seconds, coresetSeconds, images, coresetImages, measured, basis + coresetBasis);
    }
  }

  private SpeedUpStage() {}

  /**
   * Counts.
   *
   * @param stages of the run
   * @param encodingCounts whether the method looks at features, so that their cost is its own
   */
  static SpeedUps of(RunRecord record, List<StageId> stages, Full full, boolean encodingCounts) {
    Stage model = stage(record, StageId.TRAIN);
    FullSide fullSide = fullSide(record, full);
    return new SpeedUps(
        List.of(
            fullSide.against(Kind.TRAINING_RUN, model.seconds(), model.images(), ""),
            endToEnd(record, stages, fullSide, encodingCounts),
            equalSteps(model)));
  }

  private static @OrNull Stage stage(RunRecord record, StageId id) {
    return record.stages().get(id.word());
  }

  private static FullSide fullSide(RunRecord record, Full full) {
    Stage reference = stage(record, StageId.REFERENCE);
    if (full.referenceIsFull() && reference != null && reference.images() > 0) {
      return new FullSide(
          reference.seconds(),
          full.images(),
          true,
          "full side: the reference of this run, trained on everything with the same settings");
    }
    Stage model = stage(record, StageId.TRAIN);
    double perImage = model.seconds() / Math.max(1, model.images());
    return new FullSide(
        perImage * full.images(),
        full.images(),
        false,
        String.format(
            Locale.ROOT,
            "full side: predicted from %.3g s per image, measured in this run's training",
            perImage));
  }

  private static SpeedUp endToEnd(
      RunRecord record, List<StageId> stages, FullSide fullSide, boolean encodingCounts) {
    Stage model = stage(record, StageId.TRAIN);
    double seconds = model.seconds();
    long images = model.images();
    List<String> counted = new ArrayList<>(List.of(StageId.TRAIN.word()));
    for (StageId id : stages) {
      if (id.prepares() && (encodingCounts || !id.encodes())) {
        Stage stage = stage(record, id);
        seconds += stage.seconds();
        images += stage.images();
        counted.add(id.word());
      }
    }
    return fullSide.against(
        Kind.END_TO_END, seconds, images, "; coreset side: " + String.join(" + ", counted));
  }

  private static SpeedUp equalSteps(Stage model) {
    return new SpeedUp(
        Kind.EQUAL_STEPS,
        model.seconds(),
        model.seconds(),
        model.images(),
        model.images(),
        false,
        "an update costs the same on either data: nothing is saved, quality alone differs");
  }
}
