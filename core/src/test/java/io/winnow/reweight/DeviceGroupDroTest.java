package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.Test;

/** By hand: with a step size of ln 2 a mean loss of 1 doubles a share. */
class DeviceGroupDroTest {
  private static final Offset<Double> EXACT = within(1e-12);

  /** In the middle of a run: the second class was not seen yet, whatever stands for its loss. */
  private static DeviceGroupDro begun() {
    GroupDroUpdate.Settings settings =
        new GroupDroUpdate.Settings(Math.log(2), false, new double[2], false, 1, 0, 0);
    double[] probabilities = {0.25, 0.75};
    double[] averageLoss = {0.5, 0.125};
    boolean[] averaged = {true, false};
    DeviceGroupDro.Read start =
        new DeviceGroupDro.Read(
            new GroupDroUpdate.State(probabilities, averageLoss, averaged),
            new FiniteLosses.State(30, 1, 4),
            new double[] {2, 3},
            5,
            List.of());
    return new DeviceGroupDro(settings, new double[2], 2, start, new Device("cpu"));
  }

  private static void step(DeviceGroupDro rule, int[] classes, double... losses) {
    try (Scope scope = Scope.open()) {
      rule.watch(classes, Tensors.of(losses, losses.length));
      rule.update(true);
    }
  }

  @Test
  void state_isWhatItBeganWith() {
    DeviceGroupDro.Read read = begun().state();
    assertThat(read.rule().probabilities()).containsExactly(0.25, 0.75);
    assertThat(read.rule().averageLoss()).containsExactly(0.5, 0.125);
    assertThat(read.rule().averaged()).containsExactly(true, false);
    assertThat(read.losses()).isEqualTo(new FiniteLosses.State(30, 1, 4));
    assertThat(read.alphaSum()).containsExactly(2, 3);
    assertThat(read.counted()).isEqualTo(5);
    assertThat(read.points()).isEmpty();
  }

  @Test
  void step_movesTheShares_andRemembersTheFirstLossOfAClass() {
    DeviceGroupDro rule = begun();
    step(rule, new int[] {0, 1}, 2, 1); // 0.25 * 4 against 0.75 * 2
    step(rule, new int[] {0, 1}, 0, 3);
    DeviceGroupDro.Read read = rule.state();
    assertThat(read.rule().probabilities())
        .containsExactly(new double[] {1 / 13.0, 12 / 13.0}, EXACT);
    assertThat(read.rule().averageLoss()).containsExactly(0.5, 1);
    assertThat(read.rule().averaged()).containsExactly(true, true);
    assertThat(read.losses()).isEqualTo(new FiniteLosses.State(34, 1, 4));
    assertThat(read.alphaSum())
        .containsExactly(new double[] {2.4 + 1 / 13.0, 3.6 + 12 / 13.0}, EXACT);
    assertThat(read.counted()).isEqualTo(7);
  }

  @Test
  void points_areTheSharesWhenTheyWereAskedFor_andGivenOnce() {
    DeviceGroupDro rule = begun();
    rule.point();
    step(rule, new int[] {0, 1}, 2, 1);
    rule.point();
    step(rule, new int[] {0, 1}, 0, 3);
    List<double[]> points = rule.state().points();
    assertThat(points).hasSize(2);
    assertThat(points.get(0)).containsExactly(0.25, 0.75);
    assertThat(points.get(1)).containsExactly(new double[] {0.4, 0.6}, EXACT);
    rule.point();
    assertThat(rule.state().points()).hasSize(1);
    assertThat(rule.state().points()).isEmpty();
  }
}
