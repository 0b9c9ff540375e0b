package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class ConditionTest {
  private static Condition classes(long... labels) {
    return Condition.ofClasses(Tensors.of(labels, labels.length));
  }

  private static long[] labels(Condition condition) {
    return Tensors.longs(condition.labels());
  }

  @Test
  void dropped_drawsBelowTheProbability_becomeTheNullClass() {
    try (Scope scope = Scope.open()) {
      Tensor uniform = Tensors.of(new float[] {0.05f, 0.1f, 0.5f}, 3);
      assertThat(labels(classes(1, 2, 3).dropped(uniform, 0.1, 10))).containsExactly(10, 2, 3);
    }
  }

  @Test
  void parts_keepTheOrderOfTheImages() {
    try (Scope scope = Scope.open()) {
      Condition y = classes(4, 5, 6);
      assertThat(labels(y.narrow(1, 2))).containsExactly(5, 6);
      assertThat(labels(y.followedBy(y.withoutClass(9)))).containsExactly(4, 5, 6, 9, 9, 9);
      assertThat(labels(y.map(x -> x.add(new Scalar(1L))))).containsExactly(5, 6, 7);
    }
  }

  @Test
  void none_staysNone_andHasNoClassToHide() {
    assertThat(Condition.none().labels()).isNull();
    assertThat(Condition.none().narrow(3, 2)).isEqualTo(Condition.none());
    assertThat(Condition.none().followedBy(Condition.none())).isEqualTo(Condition.none());
    assertThatThrownBy(() -> Condition.none().withoutClass(3))
        .hasMessage(
            "condition: none, where a class would be hidden; expected classes. Guidance and label"
                + " dropout need a class-conditional network; set their weight and share to 0.");
  }
}
