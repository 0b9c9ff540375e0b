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

  /** Two texts of one token of width 1, and 9 for none. */
  private static Condition prompts() {
    return Condition.ofPrompts(
        Tensors.of(new float[] {1, 2}, 2, 1, 1), Tensors.of(new float[] {9}, 1, 1, 1));
  }

  private static float[] states(Condition condition) {
    return Tensors.floats(((Condition.Prompts) condition).states());
  }

  @Test
  void prompts_dropped_becomeThatOfNoText() {
    try (Scope scope = Scope.open()) {
      Tensor uniform = Tensors.of(new float[] {0.5f, 0.05f}, 2);
      assertThat(states(prompts().dropped(uniform, 0.1, 0))).containsExactly(1, 9);
    }
  }

  @Test
  void prompts_partsAndHalves_keepTheOrderAndWhatNoTextIs() {
    try (Scope scope = Scope.open()) {
      Condition y = prompts();
      assertThat(y.labels()).isNull();
      assertThat(states(y.narrow(1, 1))).containsExactly(2);
      assertThat(states(y.narrow(1, 1).withoutClass(0))).containsExactly(9);
      assertThat(states(y.followedBy(y.withoutClass(0)))).containsExactly(1, 2, 9, 9);
      assertThat(states(y.map(x -> x.add(new Scalar(1))).withoutClass(0))).containsExactly(10, 10);
      assertThatThrownBy(() -> y.followedBy(Condition.none()))
          .hasMessage("condition: prompts followed by something else; expected prompts");
    }
  }

  @Test
  void prompts_noTextOfAnotherLength_isRefused() {
    Tensor states = Tensors.of(new float[6], 2, 3, 1);
    assertThatThrownBy(() -> Condition.ofPrompts(states, Tensors.of(new float[2], 1, 2, 1)))
        .hasMessage("condition no prompt: shape [1, 2, 1], expected [1, 3, 1]");
  }
}
