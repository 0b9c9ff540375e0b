package io.winnow.pipeline;

import static io.winnow.pipeline.Judges.Real.HELD_OUT;
import static io.winnow.pipeline.Judges.Real.REFERENCE;
import static io.winnow.pipeline.Judges.Real.TRAINING;
import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.encode.EncoderNames;
import io.winnow.pipeline.Judges.Real;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which encoder of a recipe is shown which real images. */
class JudgesTest {
  private static final String SELECTOR = "resnet18-cifar";

  private static Map<String, Set<Real>> shown(String metrics, String... sets) {
    List<String> all =
        new ArrayList<>(List.of("dataset.type=shapes", "encode.encoder=" + SELECTOR));
    all.add("evaluate.metrics=" + metrics);
    all.addAll(List.of(sets));
    return new Judges(Recipe.read(null, all).value()).shown();
  }

  @Test
  void selector_hasSeenTheTrainingImages_andIsShownTheOthers() {
    assertThat(shown("[fd, kid, precision-recall]")).isEmpty();
    assertThat(shown("[fd, memorisation]")).isEqualTo(Map.of(SELECTOR, Set.of(HELD_OUT)));
    assertThat(shown("[memorisation]", "evaluate.heldOut=''")).isEmpty();
    assertThat(shown("[fd]", "evaluate.reference=clean"))
        .isEqualTo(Map.of(SELECTOR, Set.of(REFERENCE)));
    assertThat(shown("[fd]", "dataset.size=16"))
        .as("in the size that is trained on")
        .isEqualTo(Map.of(SELECTOR, Set.of(TRAINING)));
  }

  @Test
  void otherEncoders_areShownWhatTheirMetricsCompareWith() {
    assertThat(shown("[fid, class-fid, fd, memorisation]"))
        .isEqualTo(
            Map.of(EncoderNames.FID_INCEPTION, Set.of(TRAINING), SELECTOR, Set.of(HELD_OUT)));
    String judge = "evaluate.weights={dinov2-s: x}";
    assertThat(shown("[fd, memorisation]", judge))
        .isEqualTo(Map.of("dinov2-s", Set.of(TRAINING, HELD_OUT)));
    assertThat(shown("[fd, memorisation]", judge, "evaluate.reference=clean"))
        .as("memorised are images that were trained on")
        .isEqualTo(Map.of("dinov2-s", Set.of(REFERENCE, TRAINING, HELD_OUT)));
    assertThat(shown("[memorisation]", judge, "evaluate.heldOut=''"))
        .isEqualTo(Map.of("dinov2-s", Set.of(TRAINING)));
  }

  @Test
  void metricsOfTheSamplesAlone_needNoRealImages() {
    assertThat(shown("[class-agreement, inception-score]", "evaluate.weights={dinov2-s: x}"))
        .isEmpty();
  }

  @Test
  void realImages_areNamedInAWord() {
    assertThat(Real.values())
        .extracting(Real::toString)
        .containsExactly("training images", "reference images", "held-out images");
  }
}
