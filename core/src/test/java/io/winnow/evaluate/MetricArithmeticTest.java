package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** By a clock that a test winds: three seconds pass between two looks at it. */
class MetricArithmeticTest {
  private static LongSupplier clock() {
    long[] now = {5_000_000_000L};
    return () -> now[0] += 3_000_000_000L;
  }

  @Test
  void secondsPerPair_areOfAllPairsThatWereTried() {
    assertThat(MetricArithmetic.secondsPerPair(2, clock()))
        .isCloseTo(3.0 / 2048 / 8192, within(1e-15));
  }

  @Test
  void secondsPerRow_areOfAllRowsThatWereTried() {
    assertThat(MetricArithmetic.secondsPerRow(2, clock())).isCloseTo(3.0 / 8192, within(1e-12));
  }
}
