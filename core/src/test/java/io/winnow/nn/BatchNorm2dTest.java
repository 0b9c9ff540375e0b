package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class BatchNorm2dTest {
  private static final float[] VALUES = {1, 2, 3, 6}; // mean 3, unbiased variance 14/3

  @Test
  void forward_inTraining_movesRunningStatisticsByTheMomentum() {
    try (Scope scope = Scope.open()) {
      BatchNorm2d norm = new BatchNorm2d(1);
      norm.forward(Tensors.of(VALUES, 2, 1, 1, 2));
      assertThat(Tensors.doubles(norm.buffers().get("running_mean")))
          .containsExactly(new double[] {0.3}, within(1e-6));
      assertThat(Tensors.doubles(norm.buffers().get("running_var")))
          .containsExactly(new double[] {0.9 + 0.1 * 14 / 3}, within(1e-6));
      assertThat(Tensors.longs(norm.buffers().get("num_batches_tracked"))).containsExactly(1);
    }
  }

  @Test
  void forward_inEvaluation_leavesTheStateAlone() {
    try (Scope scope = Scope.open()) {
      BatchNorm2d norm = new BatchNorm2d(1);
      norm.train(false);
      Tensor y = norm.forward(Tensors.of(VALUES, 2, 1, 1, 2));
      assertThat(Tensors.longs(norm.buffers().get("num_batches_tracked"))).containsExactly(0);
      assertThat(Tensors.doubles(y)).containsExactly(new double[] {1, 2, 3, 6}, within(1e-4));
    }
  }
}
