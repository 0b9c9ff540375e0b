package io.winnow.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryGrowthTest {
  private static final MemoryGrowth GROWTH = MemoryGrowth.of(8, 1_400, 16, 2_200);

  @Test
  void twoPeaks_areALine() {
    assertThat(GROWTH).isEqualTo(new MemoryGrowth(600, 100));
    assertThat(GROWTH.bytes(16)).isEqualTo(2_200);
    assertThat(GROWTH.bytes(64)).isEqualTo(7_000);
    assertThat(GROWTH.plus(50).bytes(64)).isEqualTo(7_050);
  }

  @Test
  void largest_isWhatFits_andNeverMoreThanTheBatch() {
    assertThat(GROWTH.largest(4_599, 64)).isEqualTo(39);
    assertThat(GROWTH.largest(4_600, 64)).isEqualTo(40);
    assertThat(GROWTH.largest(1_000_000, 64)).isEqualTo(64);
    assertThat(GROWTH.largest(699, 64)).isZero();
    assertThat(GROWTH.largest(100, 64)).isZero();
  }

  /** A peak that an earlier stage hid. */
  @Test
  void noGrowth_countsAsNone() {
    MemoryGrowth flat = MemoryGrowth.of(8, 2_300, 16, 2_200);
    assertThat(flat).isEqualTo(new MemoryGrowth(2_200, 0));
    assertThat(flat.largest(2_200, 64)).isEqualTo(64);
    assertThat(flat.largest(2_199, 64)).isZero();
    assertThat(MemoryGrowth.of(8, 10, 8, 20)).isEqualTo(new MemoryGrowth(20, 0));
  }

  @Test
  void microBatch_leavesATenthFree() {
    MicroBatch micro = MicroBatch.of(GROWTH, 64, 16, 5_000);
    assertThat(micro.bytes()).isEqualTo(2_200);
    assertThat(micro.largest()).isEqualTo(39); // (4,500 - 600) / 100
    assertThatThrownBy(() -> MicroBatch.of(GROWTH, 16, 17, 5_000))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
