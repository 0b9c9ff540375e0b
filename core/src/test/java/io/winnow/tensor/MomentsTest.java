package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class MomentsTest {
  private static final RandomStreams STREAMS = RandomStreams.of(7);

  private static Tensor rows(int n, int d, double offset) {
    return STREAMS.normal(new long[] {n, d}, "rows", n).add(new Scalar(offset));
  }

  @Test
  void moments_sameRowsInOtherBatches_areTheSameBits() {
    try (Scope scope = Scope.open();
        Moments whole = new Moments(5);
        Moments single = new Moments(5)) {
      Tensor rows = rows(Moments.BLOCK + 900, 5, 3);
      whole.add(rows);
      for (int first = 0; first < rows.size(0); first += 37) {
        single.add(rows.narrow(0, first, Math.min(37, rows.size(0) - first)));
      }
      assertThat(single.count()).isEqualTo(rows.size(0));
      assertThat(Tensors.doubles(single.mean())).containsExactly(Tensors.doubles(whole.mean()));
      assertThat(Tensors.doubles(single.scatter()))
          .containsExactly(Tensors.doubles(whole.scatter()));
    }
  }

  @Test
  void moments_otherOrder_agreeToRounding() {
    try (Scope scope = Scope.open()) {
      Tensor rows = rows(3000, 4, -2);
      int[] order = STREAMS.permutation(3000, "order");
      try (Moments one = Moments.of(rows);
          Moments other = Moments.of(rows.index_select(0, Tensors.ofInts(order)))) {
        assertClose(one.scatter(), other.scatter(), 1e-9);
        assertClose(one.mean(), other.mean(), 1e-13);
      }
    }
  }

  @Test
  void merge_partsOfAStream_equalsTheWhole() {
    try (Scope scope = Scope.open()) {
      Tensor rows = rows(500, 6, 100);
      try (Moments whole = Moments.of(rows);
          Moments merged = new Moments(6)) {
        for (int part = 0; part < 5; part++) {
          try (Moments own = Moments.of(rows.narrow(0, part * 100L, 100))) {
            merged.merge(own);
          }
        }
        merged.merge(new Moments(6));
        assertThat(merged.count()).isEqualTo(500);
        assertClose(merged.covariance(499), whole.covariance(499), 1e-11);
      }
    }
  }

  @Test
  void covariance_farFromZero_keepsItsDigits() {
    try (Scope scope = Scope.open()) {
      Tensor near = torch.round(rows(400, 3, 0).mul(new Scalar(64.0))); // exact after the shift
      Tensor far = near.add(new Scalar(65536.0));
      try (Moments a = Moments.of(near);
          Moments b = Moments.of(far)) {
        assertClose(b.covariance(400), a.covariance(400), 1e-8);
      }
    }
  }

  @Test
  void covariance_ofOneRowUnbiased_isRejected() {
    try (Scope scope = Scope.open();
        Moments one = Moments.of(rows(1, 2, 0))) {
      assertThatThrownBy(() -> one.covariance(one.count() - 1))
          .hasMessage(
              "Moments covariance: divisor 0 from 1 rows; expected at least 1. Give more rows.");
    }
  }

  @Test
  void clear_afterOtherRows_leavesNothingOfThem() {
    try (Scope scope = Scope.open();
        Moments used = Moments.of(rows(90, 5, 7));
        Moments fresh = Moments.of(rows(40, 5, 0))) {
      used.becomeLowerCovariance(90);
      used.clear();
      used.add(rows(40, 5, 0));
      assertThat(used.count()).isEqualTo(40);
      assertThat(Tensors.doubles(used.mean())).containsExactly(Tensors.doubles(fresh.mean()));
      assertThat(Tensors.doubles(used.scatter())).containsExactly(Tensors.doubles(fresh.scatter()));
    }
  }

  @Test
  void becomeLowerCovariance_equalsTheCovarianceAndEndsTheStatistics() {
    try (Scope scope = Scope.open();
        Moments moments = Moments.of(rows(90, 5, 7))) {
      Tensor whole = moments.covariance(90);
      Tensor lower = moments.becomeLowerCovariance(90);
      assertThat(Tensors.doubles(lower.tril())).containsExactly(Tensors.doubles(whole.tril()));
      assertThatThrownBy(moments::mean)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Moments: used after becomeLowerCovariance; clear() first");
    }
  }

  @Test
  void add_rowsOfAnotherWidth_isRejected() {
    try (Scope scope = Scope.open();
        Moments moments = new Moments(3)) {
      assertThatThrownBy(() -> moments.add(rows(2, 4, 0)))
          .hasMessage("Moments rows: shape [2, 4], expected [*, 3]");
    }
  }

  @Test
  void add_manyTimes_keepsNoNativeMemory() {
    try (Scope scope = Scope.open();
        Moments moments = new Moments(8)) {
      Tensor rows = rows(700, 8, 0);
      moments.add(rows);
      long before = Pointer.totalCount();
      for (int i = 0; i < 20; i++) {
        moments.add(rows);
      }
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  private static void assertClose(Tensor ours, Tensor expected, double limit) {
    double[] a = Tensors.doubles(ours);
    double[] b = Tensors.doubles(expected);
    double largest = Arrays.stream(b).map(Math::abs).max().orElse(0);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(limit * Math.max(1, largest)));
    }
  }
}
