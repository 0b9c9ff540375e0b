package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Counted by hand: 1000 images, 100 of them trained on, 50 held out, 20 samples. */
class EvaluateWorkTest {
  private static EvaluateWork work(int reference, int sets, String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.path=x",
                "sample.count=20",
                "encode.encoder=resnet50",
                "encode.weights=w",
                "evaluate.metrics=[fd, class-fd, memorisation]"));
    all.addAll(List.of(overrides));
    return new EvaluateWork(Recipe.read(null, all).value(), 1000, 50, reference, 100, sets);
  }

  /**
   * Its own features of the training images are there, unless images are trained on in another
   * size.
   */
  @Test
  void encoderThatSelected_knowsTheTrainingImages() {
    assertThat(work(0, 1).encodings()).isEqualTo(Map.of("resnet50", 20L + 50));
    assertThat(work(0, 1, "dataset.size=16").encodings())
        .isEqualTo(Map.of("resnet50", 20L + 50 + 1000));
    assertThat(
            work(
                    0,
                    1,
                    "prune.method=uniform",
                    "evaluate.metrics=[fid]",
                    "evaluate.weights={fid-inception: f}")
                .encodings())
        .isEqualTo(Map.of("fid-inception", 1020L));
  }

  @Test
  void everyJudge_looksAtWhatItsMetricsNeed() {
    Map<String, Long> shown =
        work(
                0,
                2,
                "evaluate.metrics=[fid, inception-score, cmmd, memorisation, class-agreement]",
                "evaluate.encoder=clip-rn50")
            .encodings();
    assertThat(shown)
        .isEqualTo(
            Map.of(
                "fid-inception",
                40L + 1000,
                "clip-vit-l14-336",
                1040L,
                "clip-rn50",
                40L + 1000 + 50));
    assertThat(work(0, 1, "evaluate.metrics=[inception-score]").encodings())
        .isEqualTo(Map.of("fid-inception", 20L));
  }

  @Test
  void otherReference_isEncodedBesideTheTrainingImages() {
    assertThat(work(300, 1, "evaluate.encoder=clip-rn50").encodings())
        .isEqualTo(Map.of("clip-rn50", 20L + 300 + 1000 + 50));
    assertThat(work(300, 1, "evaluate.metrics=[fd]", "evaluate.encoder=clip-rn50").encodings())
        .isEqualTo(Map.of("clip-rn50", 320L));
  }

  @Test
  void arithmetic_isCountedInPairsAndRows() {
    assertThat(work(0, 1).pairs()).isEqualTo((20 + 50) * 100);
    assertThat(work(0, 1, "evaluate.metrics=[precision-recall]").pairs()).isEqualTo(1020 * 1020);
    assertThat(work(0, 2).rows()).isEqualTo(2 * 3 * 1020);
    assertThat(work(0, 1, "evaluate.metrics=[kid]").rows()).isZero();
  }

  @Test
  void classifier_isAskedAboutEverySample() {
    assertThat(work(0, 2).classified()).isZero();
    assertThat(work(0, 2, "evaluate.metrics=[class-agreement]").classified()).isEqualTo(40);
  }
}
