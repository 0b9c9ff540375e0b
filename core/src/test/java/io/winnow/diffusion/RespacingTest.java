package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RespacingTest {
  private static NoiseSchedule schedule(int steps) {
    return new NoiseSchedule(new ScheduleConfig.Linear(steps, 1e-4, 0.02));
  }

  private static int[] times(int steps, String sections) {
    return Respacing.of(schedule(steps), sections).timesteps();
  }

  @Test
  void sections_areStridedEachByItself() {
    assertThat(times(10, "4")).containsExactly(0, 3, 6, 9);
    assertThat(times(10, "1")).containsExactly(0);
    assertThat(times(10, "2,1,3")).containsExactly(0, 3, 4, 7, 8, 9); // of 4, 3 and 3 steps
    assertThat(times(10, "ddim5")).containsExactly(0, 2, 4, 6, 8);
    assertThat(times(10, "ddim10")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(times(1000, "250")).hasSize(250).startsWith(0, 4, 8).endsWith(995, 999);
  }

  @Test
  void schedule_goesThroughTheSameNoiseLevels() {
    NoiseSchedule original = schedule(1000);
    Respacing respacing = Respacing.of(original, "10,20,30");
    int[] times = respacing.timesteps();
    double[] alphaBar = respacing.schedule().alphaBar();
    assertThat(times).hasSize(60).isSorted();
    for (int k = 0; k < times.length; k++) {
      double expected = original.alphaBar()[times[k]];
      assertThat(alphaBar[k]).isCloseTo(expected, within(1e-12));
    }
    double[] all = Respacing.of(original, "1000").schedule().betas();
    assertThat(all).containsExactly(original.betas(), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(strings = {"11", "0", "6,6", "ddim7", "ddim1", "ddim", "many", "3,", "-1"})
  void sections_thatCannotBe_areRefused(String sections) {
    assertThatThrownBy(() -> times(10, sections))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("respacing: ")
        .hasMessageContaining("expected");
  }
}
