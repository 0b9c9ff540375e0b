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
    assertThat(work(0, 1).samples()).isEqualTo(Map.of("resnet50", 20L));
    assertThat(work(0, 1).real()).isEqualTo(Map.of("resnet50", 50L));
    assertThat(work(0, 1, "evaluate.metrics=[fd]").real()).isEmpty();
    assertThat(work(0, 1, "dataset.size=16").real()).isEqualTo(Map.of("resnet50", 1050L));
    String[] byOthers = {
      "prune.method=uniform", "evaluate.metrics=[fid]", "evaluate.weights={fid-inception: f}"
    };
    assertThat(work(0, 1, byOthers).samples()).isEqualTo(Map.of("fid-inception", 20L));
    assertThat(work(0, 1, byOthers).real()).isEqualTo(Map.of("fid-inception", 1000L));
  }

  @Test
  void everyJudge_looksAtWhatItsMetricsNeed() {
    EvaluateWork work =
        work(
            0,
            2,
            "evaluate.metrics=[fid, inception-score, cmmd, memorisation, class-agreement]",
            "evaluate.encoder=clip-rn50");
    assertThat(work.samples())
        .isEqualTo(Map.of("fid-inception", 40L, "clip-vit-l14-336", 40L, "clip-rn50", 40L));
    assertThat(work.real())
        .isEqualTo(Map.of("fid-inception", 1000L, "clip-vit-l14-336", 1000L, "clip-rn50", 1050L));
    EvaluateWork score = work(0, 1, "evaluate.metrics=[inception-score]");
    assertThat(score.samples()).isEqualTo(Map.of("fid-inception", 20L));
    assertThat(score.real()).isEmpty();
    assertThat(work(0, 1, "evaluate.heldOut=''", "evaluate.encoder=clip-rn50").real())
        .isEqualTo(Map.of("clip-rn50", 1000L));
  }

  @Test
  void otherReference_isEncodedBesideTheTrainingImages() {
    String[] other = {"evaluate.reference=clean", "evaluate.encoder=clip-rn50"};
    assertThat(work(300, 1, other).real()).isEqualTo(Map.of("clip-rn50", 300L + 1000 + 50));
    assertThat(work(300, 1, other[0], other[1], "evaluate.metrics=[fd]").real())
        .isEqualTo(Map.of("clip-rn50", 300L));
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
