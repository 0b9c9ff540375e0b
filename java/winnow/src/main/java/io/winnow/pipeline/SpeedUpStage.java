package io.winnow.pipeline;

import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The coreset against the full data in three countings (design.md, section 8). Where the full side
 * was not run, its time follows from its images and this run's measured time per image, and the
 * basis says so.
 */
final class SpeedUpStage {
  private static final List<String> PREPARATION =
      List.of("encoder", "encode", "score", "prune", "reference", "reweight");

  /**
   * What the full side would do.
   *
   * @param images that one training on everything puts through the network
   * @param referenceIsFull whether the reference of this run is just such a training
   */
  record Full(long images, boolean referenceIsFull) {}

  private SpeedUpStage() {}

  /**
   * Counts.
   *
   * @param encodingCounts whether the method looks at features, so that their cost is its own
   */
  static SpeedUps of(RunRecord record, Full full, boolean encodingCounts) {
    Stage model = record.stages().get("train");
    double perImage = model.seconds() / Math.max(1, model.images());
    Stage reference = record.stages().get("reference");
    boolean measured = full.referenceIsFull() && reference != null && reference.images() > 0;
    double fullSeconds = measured ? reference.seconds() : perImage * full.images();
    String basis =
        measured
            ? "full side: the reference of this run, trained on everything with the same settings"
            : String.format(
                Locale.ROOT,
                "full side: predicted from %.3g s per image, measured in this run's training",
                perImage);
    List<SpeedUp> all = new ArrayList<>();
    all.add(
        new SpeedUp(
            Kind.TRAINING_RUN,
            fullSeconds,
            model.seconds(),
            full.images(),
            model.images(),
            measured,
            basis));
    double seconds = model.seconds();
    long images = model.images();
    List<String> counted = new ArrayList<>();
    for (String name : PREPARATION) {
      Stage stage = record.stages().get(name);
      boolean encoding = name.equals("encoder") || name.equals("encode");
      if (stage != null && (encodingCounts || !encoding)) {
        seconds += stage.seconds();
        images += stage.images();
        counted.add(name);
      }
    }
    all.add(
        new SpeedUp(
            Kind.END_TO_END,
            fullSeconds,
            seconds,
            full.images(),
            images,
            measured,
            basis
                + "; coreset side: train"
                + (counted.isEmpty() ? "" : " + " + String.join(" + ", counted))));
    all.add(
        new SpeedUp(
            Kind.EQUAL_STEPS,
            model.seconds(),
            model.seconds(),
            model.images(),
            model.images(),
            false,
            "an update costs the same on either data: nothing is saved, quality alone differs"));
    return new SpeedUps(all);
  }
}
