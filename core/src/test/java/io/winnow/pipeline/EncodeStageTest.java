package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Resize;
import io.winnow.encode.Encoder;
import io.winnow.task.HeardProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A classifier trained on six cats and four dogs of 4 x 4 pixels, and their features. */
class EncodeStageTest {
  private static final String TRAINING =
      "encode.training={width: 4, epochs: 1, batch: 4, cropPadding: 1, flip: false%s}";

  @TempDir Path folder;
  private final HeardProgress heard = new HeardProgress();

  private RunLayout run() {
    return new RunLayout(folder.resolve("run"));
  }

  private EncodeStage stage(String... sets) {
    List<String> all = new ArrayList<>(List.of("dataset.path=x", TRAINING.formatted("")));
    all.addAll(List.of(sets));
    return new EncodeStage(
        Recipe.read(null, all).value().encode(), 0, run(), new Device("cpu"), heard, () -> false);
  }

  private RunData data(Path set) {
    SmallSet.images(set, "cat", 6);
    SmallSet.images(set, "dog", 4);
    return SmallSet.open(set, run().folder());
  }

  @Test
  void classifier_isTrainedOnEveryImage_andItsFeaturesAreOfEveryImage() {
    EncodeStage stage = stage();
    try (RunData data = data(folder.resolve("set"))) {
      StageOutcome trained = stage.train(data);
      String note =
          "trained on all 10 images; no accuracy, as there is no test split"
              + " (encode.training.folds measures it by folds)";
      assertThat(trained.note()).isEqualTo(note);
      assertThat(trained.images()).isEqualTo(10);
      assertThat(heard.lines()).contains("note encoder: " + note);
      assertThat(stage.classifierFiles())
          .hasSize(2)
          .allSatisfy(file -> assertThat(file).exists().hasParent(run().encoder()));
      StageOutcome encoded = stage.encode(data);
      assertThat(encoded.images()).isEqualTo(10);
      assertThat(heard.lines()).contains("begin encode 10 images, 0 done", "10 resnet18-cifar");
      try (Features features = stage.features();
          Encoder encoder = stage.open()) {
        assertThat(features.ids()).isEqualTo(data.inventory().ids());
        assertThat(features.encoder()).isEqualTo(encoder.identity());
        assertThat(encoded.note()).isEqualTo(encoder.identity().describe());
      }
      assertThat(stage.featuresFolder()).isEqualTo(run().features("resnet18-cifar"));
    }
  }

  @Test
  void accuracy_isByFoldsWhereAsked() {
    EncodeStage stage = stage(TRAINING.formatted(", folds: 2"));
    try (RunData data = data(folder.resolve("set"))) {
      assertThat(stage.train(data).note())
          .matches("trained on all 10 images; accuracy (\\d?0|100)\\.0 % on 10 images: .+");
    }
    assertThat(Files.exists(run().encoder())).isTrue();
    assertThat(stage.device().str().getString()).isEqualTo("cpu");
  }

  /** Where there is a test split, and folds do not say it. */
  @Test
  void accuracy_isOfTheTestSplit_unlessFoldsMeasureIt() {
    Path set = folder.resolve("split");
    for (String split : List.of("train", "test")) {
      SmallSet.images(set.resolve(split), "cat", 3);
      SmallSet.images(set.resolve(split), "dog", 2);
    }
    DatasetConfig config =
        new DatasetConfig(
            DatasetConfig.Type.IMAGE_FOLDER,
            set.toString(),
            "train",
            0,
            Resize.PILLOW_BICUBIC,
            1L << 20,
            0.5,
            100);
    try (RunData data = RunData.open(config, 0, run(), heard)) {
      String measured = "trained on all 5 images; accuracy (\\d?0|100)\\.0 % on 5 images: ";
      assertThat(stage().train(data).note()).matches(measured + ".*test.*");
      Leftovers.delete(run().encoder());
      assertThat(stage(TRAINING.formatted(", folds: 2")).train(data).note())
          .matches(measured + ".*")
          .doesNotContain("test");
    }
  }
}
