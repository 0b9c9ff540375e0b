package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class LinearAlgebraTest {
  private static final int D = 301; // odd halves and quarters
  private static final RandomStreams STREAMS = RandomStreams.of(3);

  private static Tensor positive(String name) {
    Tensor x = STREAMS.normal(new long[] {2 * D, D}, name).to(torch.ScalarType.Double);
    return x.t().mm(x).contiguous();
  }

  private static double worst(Tensor ours, Tensor expected) {
    double size = expected.abs().max().item_double();
    return ours.sub(expected).abs().max().item_double() / size;
  }

  @Test
  void eigenvalues_ofASymmetricMatrix_equalTheEngines() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = positive("a");
      assertThat(worst(LinearAlgebra.eigenvalues(matrix), torch.linalg_eigvalsh(matrix)))
          .isLessThan(1e-13);
    }
  }

  @Test
  void eigenvalues_readOnlyTheLowerTriangle() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = positive("a");
      Tensor spoiled = matrix.tril().add_(torch.ones_like(matrix).triu(1)).contiguous();
      assertThat(Tensors.doubles(LinearAlgebra.eigenvalues(spoiled)))
          .containsExactly(Tensors.doubles(LinearAlgebra.eigenvalues(matrix)));
    }
  }

  @Test
  void cholesky_timesItsTranspose_givesTheMatrix() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = positive("a");
      Tensor factor = matrix.clone();
      assertThat(LinearAlgebra.cholesky(factor)).isTrue();
      assertThat(worst(factor.mm(factor.t()), matrix)).isLessThan(1e-14);
    }
  }

  @Test
  void cholesky_ofASingularMatrix_saysSo() {
    try (Scope scope = Scope.open()) {
      Tensor matrix = torch.eye(3).to(torch.ScalarType.Double).contiguous();
      matrix.select(0, 1).mul_(new Scalar(0.0));
      assertThat(LinearAlgebra.cholesky(matrix)).isFalse();
    }
  }

  @Test
  void solveLower_thenTheFactorAgain_givesTheRows() {
    try (Scope scope = Scope.open()) {
      Tensor factor = positive("a");
      LinearAlgebra.cholesky(factor);
      Tensor rows = STREAMS.normal(new long[] {9, D}, "rows").to(torch.ScalarType.Double);
      Tensor solved = rows.clone();
      LinearAlgebra.solveLower(factor, solved);
      assertThat(worst(solved.mm(factor.t()), rows)).isLessThan(1e-13);
      Tensor inverse = factor.clone();
      LinearAlgebra.invertLower(inverse);
      LinearAlgebra.multiplyLower(inverse, rows);
      assertThat(worst(rows, solved)).isLessThan(1e-12);
    }
  }

  @Test
  void congruence_hasTheEigenvaluesOfTheProduct() {
    try (Scope scope = Scope.open()) {
      Tensor factor = positive("a");
      LinearAlgebra.cholesky(factor);
      Tensor other = positive("b");
      Tensor expected = factor.t().mm(other).mm(factor);
      LinearAlgebra.congruence(factor, other);
      assertThat(worst(other.tril(), expected.tril())).isLessThan(1e-13);
    }
  }

  @Test
  void addGram_thenSymmetric_isTheProduct() {
    try (Scope scope = Scope.open()) {
      Tensor x = STREAMS.normal(new long[] {11, 4}, "x").to(torch.ScalarType.Double);
      Tensor v = STREAMS.normal(new long[] {4}, "v").to(torch.ScalarType.Double);
      Tensor lower = LinearAlgebra.zeros(4, 4);
      LinearAlgebra.addGram(x, lower);
      LinearAlgebra.addOuter(v, 0.5, lower);
      Tensor expected = x.t().mm(x).add(torch.outer(v, v).mul(new Scalar(0.5)));
      assertThat(worst(LinearAlgebra.symmetric(lower), expected)).isLessThan(1e-14);
    }
  }

  @Test
  void addGram_ofFloat32_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> LinearAlgebra.addGram(torch.ones(2, 2), LinearAlgebra.zeros(2, 2)))
          .hasMessageContaining("not contiguous float64");
    }
  }
}
