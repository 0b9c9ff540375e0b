package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code winnow prune PHOTOS --weights train}: an encoder that the photos bring forth themselves.
 */
class TrainedEncoderTest {
  @TempDir Path folder;

  @BeforeEach
  void photos() {
    SmallSets.folder(folder.resolve("photos/train"), 1, 6, "cat", "dog");
    SmallSets.folder(folder.resolve("photos/test"), 2, 2, "cat", "dog");
  }

  private JsonNode prune(String photos, String expected, String... more) throws IOException {
    Path out = folder.resolve("out");
    List<String> args =
        new ArrayList<>(
            List.of(
                "prune",
                folder.resolve(photos).toString(),
                "--encoder",
                "resnet18-cifar",
                "--weights",
                "train",
                "--ratio",
                "0.5",
                "--out",
                out.toString()));
    for (String setting :
        List.of("width=4", "epochs=1", "batch=4", "cropPadding=0", "learningRate=0.01")) {
      args.addAll(List.of("--set", "encode.training." + setting));
    }
    args.addAll(List.of(more));
    CliRun run = CliRun.of(args.toArray(new String[0]));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains(expected);
    JsonNode record = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    assertThat(record.toString()).as("run.json").contains(expected);
    return new ObjectMapper().readTree(out.resolve("encoder/classifier.json").toFile());
  }

  @Test
  void photosWithoutATest_areAllLearnedFrom_andTheNoteSaysThatNothingWasMeasured()
      throws Exception {
    JsonNode classifier =
        prune(
            "photos/train",
            "trained on all 12 images; no accuracy, as there is no test split"
                + " (encode.training.folds measures it by folds)");
    assertThat(classifier.get("trainImages").asInt()).isEqualTo(12);
    assertThat(classifier.get("accuracy").isNull()).isTrue();
  }

  @Test
  void photosWithATest_areMeasuredOnIt() throws Exception {
    JsonNode classifier =
        prune("photos", "% on 4 images: image-folder test of ", "--split", "train");
    assertThat(classifier.get("trainImages").asInt()).isEqualTo(12);
    assertThat(classifier.get("accuracy").get("n").asInt()).isEqualTo(4);
  }

  @Test
  void photosByFolds_areMeasuredEachByAnotherClassifier() throws Exception {
    JsonNode classifier =
        prune(
            "photos/train",
            "% on 12 images: training images, each by a classifier trained on the other 1 of 2"
                + " folds",
            "--set",
            "encode.training.folds=2");
    assertThat(classifier.get("trainImages").asInt()).isEqualTo(12);
    assertThat(classifier.get("accuracy").get("n").asInt()).isEqualTo(12);
  }
}
