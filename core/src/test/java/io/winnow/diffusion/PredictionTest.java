package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PredictionTest {
  @Test
  void of_twiceTheChannels_isTheValueThenTheVariance() {
    try (Scope scope = Scope.open()) {
      Tensor output = Tensors.of(new float[] {1, 2, 3, 4}, 1, 4, 1, 1);
      Prediction learnt = Prediction.of(output, 2);
      assertThat(Tensors.floats(learnt.value())).containsExactly(1, 2);
      assertThat(Tensors.floats(learnt.variance())).containsExactly(3, 4);
      Prediction plain = Prediction.of(output, 4);
      assertThat(plain.value()).isSameAs(output);
      assertThat(plain.variance()).isNull();
    }
  }

  @Test
  void changes_leaveTheOtherPartWhereItIs() {
    try (Scope scope = Scope.open()) {
      Prediction learnt = Prediction.of(Tensors.of(new float[] {1, 2}, 1, 2, 1, 1), 1);
      Prediction doubled = learnt.map(x -> x.mul(new Scalar(2.0)));
      assertThat(Tensors.floats(doubled.value())).containsExactly(2);
      assertThat(Tensors.floats(doubled.variance())).containsExactly(4);
      Prediction other = learnt.withValue(doubled.value());
      assertThat(other.value()).isSameAs(doubled.value());
      assertThat(other.variance()).isSameAs(learnt.variance());
      assertThat(Prediction.of(other.value()).map(Tensor::neg).variance()).isNull();
    }
  }
}
