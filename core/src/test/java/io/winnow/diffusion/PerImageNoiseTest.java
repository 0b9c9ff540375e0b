package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PerImageNoiseTest {
  private static final int SIZE = 3 * 4 * 5;

  @Test
  void noise_ofEveryImageStepAndSeed_isNew() {
    List<float[]> seen = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      for (long seed : new long[] {1, 2}) {
        PerImageNoise noise = new PerImageNoise(RandomStreams.of(seed), 4, 9);
        Tensor initial = noise.initial(3, 4, 5);
        assertThat(initial.shape()).containsExactly(2, 3, 4, 5);
        for (Tensor batch : List.of(initial, noise.draw(0, initial), noise.draw(1, initial))) {
          float[] values = Tensors.floats(batch);
          seen.add(Arrays.copyOf(values, SIZE));
          seen.add(Arrays.copyOfRange(values, SIZE, 2 * SIZE));
        }
      }
    }
    for (int i = 0; i < seen.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertThat(seen.get(i)).as(i + ", " + j).isNotEqualTo(seen.get(j));
      }
    }
  }

  @Test
  void noise_ofAnImage_isTheSameInEveryBatch() {
    try (Scope scope = Scope.open()) {
      PerImageNoise both = new PerImageNoise(RandomStreams.of(1), 4, 9);
      PerImageNoise alone = new PerImageNoise(RandomStreams.of(1), 9);
      Tensor initial = both.initial(3, 4, 5);
      assertThat(Tensors.floats(alone.initial(3, 4, 5)))
          .isEqualTo(Tensors.floats(initial.select(0, 1)));
      assertThat(Tensors.floats(alone.draw(3, initial.narrow(0, 0, 1))))
          .isEqualTo(Tensors.floats(both.draw(3, initial).select(0, 1)));
    }
  }

  @Test
  void batchOfAnotherSize_isRefused() {
    try (Scope scope = Scope.open()) {
      PerImageNoise noise = new PerImageNoise(RandomStreams.of(1), 4, 9);
      Tensor one = Tensors.of(new float[SIZE], 1, 3, 4, 5);
      assertThatThrownBy(() -> noise.draw(0, one))
          .hasMessage("PerImageNoise: a batch of 1, expected 2 images");
    }
  }
}
