package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WatchTest {
  private long nanos;
  private boolean stopped;

  private void pass(double seconds) {
    nanos += (long) (seconds * 1e9);
  }

  /** Asks before every piece, and works a second on each but the first, which takes ten. */
  private int work(Watch watch, int most) {
    watch.begin("train", "updates", most, 0);
    int pieces = 0;
    while (pieces < most && !watch.getAsBoolean()) {
      pass(pieces == 0 ? 10 : 1);
      pieces++;
      watch.step(pieces, "");
    }
    pass(4);
    watch.end();
    return pieces;
  }

  @Test
  void pieces_areTimedWithoutTheFirst() {
    Watch watch = new Watch(() -> nanos, Watch.Limit.seconds(6), () -> false);
    assertThat(work(watch, 100)).isEqualTo(7);
    Watch.Task task = watch.tasks().get("train");
    assertThat(task.perPiece()).isEqualTo(1);
    assertThat(task.done()).isEqualTo(7);
    assertThat(task.seconds()).isEqualTo(10 + 6 + 4);
  }

  @Test
  void threeMeasuredPieces_areTheLeast() {
    Watch watch = new Watch(() -> nanos, Watch.Limit.seconds(0), () -> false);
    assertThat(work(watch, 100)).isEqualTo(4);
    assertThat(watch.tasks().get("train").perPiece()).isEqualTo(1);
  }

  @Test
  void noMorePieces_areTried_thanTheRunHas() {
    Watch watch = new Watch(() -> nanos, new Watch.Limit(1000, 5), () -> false);
    assertThat(work(watch, 100)).isEqualTo(5);
    assertThat(work(new Watch(() -> nanos, new Watch.Limit(1000, 2), () -> false), 100))
        .isEqualTo(4);
    assertThat(work(new Watch(() -> nanos, Watch.Limit.NONE, () -> false), 100)).isEqualTo(100);
  }

  /** One piece is all there is: its own time stands for it. */
  @Test
  void singlePiece_isTimedAsItIs() {
    Watch watch = new Watch(() -> nanos, Watch.Limit.seconds(0), () -> false);
    work(watch, 1);
    assertThat(watch.tasks().get("train").perPiece()).isEqualTo(14);
  }

  @Test
  void usersStop_isPassedOn_alsoOutsideOfTasks() {
    Watch watch = new Watch(() -> nanos, Watch.Limit.seconds(100), () -> stopped);
    assertThat(watch.getAsBoolean()).isFalse();
    stopped = true;
    assertThat(watch.getAsBoolean()).isTrue();
    assertThat(work(watch, 100)).isZero();
  }
}
