package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  private static final int IMAGES = 4000;

  /** Image i is of group i % 4; of group 3 none is kept. */
  private final int[] groups = IntStream.range(0, IMAGES).map(i -> i % 4).toArray();

  private final int[] kept = IntStream.range(0, IMAGES).filter(i -> i % 4 < 3).toArray();

  private EpochOrder order(double... probabilities) {
    return new EpochOrder(RandomStreams.of(7), groups, probabilities);
  }

  @Test
  void of_withProbabilities_drawsGroupsByThemAndTheirImagesEvenly() {
    int[] drawn = order(0.5, 0, 0.1, 0.4).of(2, kept, true);
    assertThat(drawn).hasSize(kept.length);
    double first = share(drawn, 0);
    assertThat(first).as("0.5 of 0.6, group 3 has no images").isCloseTo(5.0 / 6, within(0.02));
    assertThat(share(drawn, 1)).isZero();
    assertThat(share(drawn, 2)).isCloseTo(1 - first, within(1e-12));
    long different = Arrays.stream(drawn).filter(i -> groups[i] == 0).distinct().count();
    double expected = 1000 * (1 - Math.pow(1 - 1.0 / 1000, 3000 * first));
    assertThat((double) different).isCloseTo(expected, within(40.0));
  }

  @Test
  void of_aGroupOfProbabilityZeroFirst_isNeverDrawn() {
    assertThat(share(order(0, 1, 0, 0).of(0, kept, true), 1)).isEqualTo(1);
    assertThat(share(order(0, 0, 1, 0).of(0, kept, true), 2)).isEqualTo(1);
  }

  @Test
  void of_unweightedEpoch_visitsEveryImageOnceWhateverTheProbabilities() {
    int[] visited = order(1, 0, 0, 0).of(5, kept, false);
    assertThat(visited).isNotEqualTo(kept).containsExactlyInAnyOrder(kept);
  }

  @Test
  void of_sameEpochAndImages_isTheSameAndAnotherEpochIsNot() {
    EpochOrder order = order(0.3, 0.3, 0.4, 0);
    assertThat(order.of(1, kept, true)).isEqualTo(order.of(1, kept, true));
    assertThat(order.of(1, kept, true)).isNotEqualTo(order.of(2, kept, true));
  }

  @Test
  void coefficients_ofClassSampling_areAMeanOverTheBatch() {
    ClassSampling sampling = new ClassSampling(new double[] {0.9, 0.1});
    assertThat(sampling.coefficients(new int[] {0, 1, 1, 0})).containsOnly(0.25);
    assertThat(sampling.samplingProbabilities()).containsExactly(0.9, 0.1);
    assertThat(sampling.identity())
        .startsWith("sampling ")
        .isNotEqualTo(new ClassSampling(new double[] {0.1, 0.9}).identity());
  }

  @Test
  void coefficients_ofClassWeights_areTheWeightsOverTheBatch() {
    ClassLossWeights weights = new ClassLossWeights(new double[] {0.5, 2, 1});
    assertThat(weights.coefficients(new int[] {1, 0, 2, 1})).containsExactly(0.5, 0.125, 0.25, 0.5);
    assertThat(weights.samplingProbabilities()).isNull();
    assertThat(weights.identity())
        .startsWith("loss weights ")
        .isNotEqualTo(ClassLossWeights.uniform(3).identity());
  }

  private double share(int[] drawn, int group) {
    return Arrays.stream(drawn).filter(i -> groups[i] == group).count() / (double) drawn.length;
  }
}
