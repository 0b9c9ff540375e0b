package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static Tensor ones() {
    return torch.ones(3, 7, 31, 33).contiguous(torch.MemoryFormat.ChannelsLast);
  }

  @Test
  void forward_inTraining_dropsTheShareAndKeepsTheMean() {
    try (Scope scope = Scope.open()) {
      torch.manual_seed(5);
      double[] values = Tensors.doubles(new Dropout(0.1).forward(ones()));
      long zeros = 0;
      double sum = 0;
      for (double value : values) {
        zeros += value == 0 ? 1 : 0;
        sum += value;
        assertThat(value == 0 || Math.abs(value - 1 / 0.9) < 1e-4).isTrue();
      }
      // Five standard deviations of 21,483 draws.
      assertThat(zeros / (double) values.length).isCloseTo(0.1, within(0.0103));
      assertThat(sum / values.length).isCloseTo(1, within(0.0115));
    }
  }

  @Test
  void forward_sameSeed_dropsTheSame() {
    try (Scope scope = Scope.open()) {
      torch.manual_seed(5);
      float[] first = Tensors.floats(new Dropout(0.5).forward(ones()));
      float[] next = Tensors.floats(new Dropout(0.5).forward(ones()));
      torch.manual_seed(5);
      assertThat(Tensors.floats(new Dropout(0.5).forward(ones()))).containsExactly(first);
      assertThat(next).isNotEqualTo(first);
    }
  }

  @Test
  void forward_inEvaluationOrAtZero_changesNothing() {
    try (Scope scope = Scope.open()) {
      Tensor x = ones();
      Dropout off = new Dropout(0.9);
      off.train(false);
      assertThat(Tensors.floats(off.forward(x))).containsOnly(1f);
      assertThat(Tensors.floats(new Dropout(0).forward(x))).containsOnly(1f);
    }
  }
}
