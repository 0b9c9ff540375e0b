package io.winnow.tensor;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Dense float64 linear algebra on the CPU where a BLAS or LAPACK routine beats the engine's own:
 * half of a symmetric product, a factor in place, eigenvalues without vectors. Decompositions stay
 * on the CPU wherever networks run: the engine's own on CUDA would need {@code
 * libtorch_cuda_linalg}, which JavaCPP does not unpack.
 *
 * <p>Every matrix is row-major and contiguous. LAPACK counts columns first, so "lower" here is
 * "upper" there.
 */
public final class LinearAlgebra {
  /** Up to this size LAPACK inverts as fast as products do. */
  private static final int INVERTED_WHOLE = 128;

  private LinearAlgebra() {}

  /** A new float64 matrix or vector of zeros on the CPU. */
  public static Tensor zeros(long... shape) {
    return torch.zeros(shape, new TensorOptions(torch.ScalarType.Double));
  }

  /** A new float64 matrix or vector on the CPU with no particular content. */
  public static Tensor empty(long... shape) {
    return torch.empty(shape, new TensorOptions(torch.ScalarType.Double), null);
  }

  /** A contiguous float64 CPU copy or view of any tensor. */
  public static Tensor float64(Tensor tensor) {
    return tensor.detach().to(torch.ScalarType.Double).cpu().contiguous();
  }

  /**
   * Adds x^T x to the lower triangle of a symmetric matrix; the upper one is left alone.
   *
   * @param x rows, [n, d], float64
   * @param lower [d, d], float64, changed in place
   */
  public static void addGram(Tensor x, Tensor lower) {
    require(x, "addGram x");
    require(lower, "addGram lower");
    int n = Math.toIntExact(x.size(0));
    int d = Math.toIntExact(x.size(1));
    try (BlasThreads lent = BlasThreads.ofEngine()) {
      openblas.cblas_dsyrk(
          openblas.CblasRowMajor,
          openblas.CblasLower,
          openblas.CblasTrans,
          d,
          n,
          1.0,
          x.data_ptr_double(),
          d,
          1.0,
          lower.data_ptr_double(),
          d);
    }
  }

  /**
   * Adds weight * v v^T to the lower triangle of a symmetric matrix; the upper one is left alone.
   *
   * @param v [d], float64
   * @param lower [d, d], float64, changed in place
   */
  public static void addOuter(Tensor v, double weight, Tensor lower) {
    require(v, "addOuter v");
    require(lower, "addOuter lower");
    int d = Math.toIntExact(v.size(0));
    openblas.cblas_dsyr(
        openblas.CblasRowMajor,
        openblas.CblasLower,
        d,
        weight,
        v.data_ptr_double(),
        1,
        lower.data_ptr_double(),
        d);
  }

  /** The whole symmetric matrix of a lower triangle, as a new tensor. */
  public static Tensor symmetric(Tensor lower) {
    return lower.tril().add_(lower.tril(-1).t());
  }

  /**
   * Replaces a symmetric positive definite matrix by its lower Cholesky factor, zeros above the
   * diagonal.
   *
   * @param matrix [d, d], float64, changed in place; only the lower triangle is read
   * @return false where the matrix is not positive definite; its content is then of no use
   */
  public static boolean cholesky(Tensor matrix) {
    require(matrix, "cholesky matrix");
    int d = Math.toIntExact(matrix.size(0));
    int info;
    try (BlasThreads lent = BlasThreads.ofEngine()) {
      info =
          openblas.LAPACKE_dpotrf(
              openblas.LAPACK_COL_MAJOR, (byte) 'U', d, matrix.data_ptr_double(), d);
    }
    if (info < 0) {
      throw new IllegalArgumentException("LinearAlgebra.cholesky: a value is not finite");
    }
    matrix.tril_();
    return info == 0;
  }

  /**
   * Solves y L^T = x for every row.
   *
   * @param lower L, [d, d], float64
   * @param rows x, [n, d], float64, replaced by y
   */
  public static void solveLower(Tensor lower, Tensor rows) {
    onTheRight(openblas::cblas_dtrsm, lower, rows, "solveLower");
  }

  /**
   * Replaces a lower triangular matrix by its inverse. Worth its d^3 / 3 where {@link
   * #multiplyLower} then takes the place of {@link #solveLower} for many rows.
   *
   * <p>By halves, so that nearly all of it is matrix products, at 1.4 times LAPACK's speed:
   *
   * <pre>{@code
   * inverse of [A 0; B C]  =  [A^-1 0; -C^-1 B A^-1  C^-1]
   * }</pre>
   *
   * @param lower [d, d], float64, changed in place; no zero on the diagonal
   */
  public static void invertLower(Tensor lower) {
    require(lower, "invertLower lower");
    int d = Math.toIntExact(lower.size(0));
    try (BlasThreads lent = BlasThreads.ofEngine()) {
      invertLower(lower.data_ptr_double(), 0, d, d);
    }
  }

  /** The n x n block at (first, first) of a d x d matrix. */
  private static void invertLower(DoublePointer matrix, int first, int n, int d) {
    DoublePointer a = at(matrix, first, first, d);
    if (n <= INVERTED_WHOLE) {
      int info =
          openblas.LAPACKE_dtrtri(openblas.LAPACK_COL_MAJOR, (byte) 'U', (byte) 'N', n, a, d);
      if (info != 0) {
        throw new IllegalArgumentException("LinearAlgebra.invertLower: the matrix is singular");
      }
      return;
    }
    int half = n / 2;
    int rest = n - half;
    invertLower(matrix, first, half, d);
    invertLower(matrix, first + half, rest, d);
    DoublePointer b = at(matrix, first + half, first, d);
    DoublePointer c = at(matrix, first + half, first + half, d);
    multiply(openblas.CblasRight, rest, half, 1, a, b, d);
    multiply(openblas.CblasLeft, rest, half, -1, c, b, d);
  }

  /** Replaces B, m x n, by alpha B L or alpha L B, L lower triangular; both within a d x d one. */
  private static void multiply(
      int side, int m, int n, double alpha, DoublePointer lower, DoublePointer b, int d) {
    openblas.cblas_dtrmm(
        openblas.CblasRowMajor,
        side,
        openblas.CblasLower,
        openblas.CblasNoTrans,
        openblas.CblasNonUnit,
        m,
        n,
        alpha,
        lower,
        d,
        b,
        d);
  }

  private static DoublePointer at(DoublePointer matrix, int row, int column, int d) {
    return new DoublePointer(matrix).position((long) row * d + column);
  }

  /**
   * Multiplies every row: y = x W^T.
   *
   * @param lower W, [d, d], float64, lower triangular
   * @param rows x, [n, d], float64, replaced by y
   */
  public static void multiplyLower(Tensor lower, Tensor rows) {
    onTheRight(openblas::cblas_dtrmm, lower, rows, "multiplyLower");
  }

  /** The common signature of the BLAS routines with a triangular factor. */
  private interface Triangular {
    void apply(
        int order,
        int side,
        int uplo,
        int transposed,
        int diagonal,
        int n,
        int d,
        double alpha,
        DoublePointer lower,
        int lowerStride,
        DoublePointer rows,
        int rowStride);
  }

  /** Rows times a function of L^T, in place. */
  private static void onTheRight(Triangular routine, Tensor lower, Tensor rows, String what) {
    require(lower, what + " lower");
    require(rows, what + " rows");
    int n = Math.toIntExact(rows.size(0));
    int d = Math.toIntExact(rows.size(1));
    try (BlasThreads lent = BlasThreads.ofEngine()) {
      routine.apply(
          openblas.CblasRowMajor,
          openblas.CblasRight,
          openblas.CblasLower,
          openblas.CblasTrans,
          openblas.CblasNonUnit,
          n,
          d,
          1.0,
          lower.data_ptr_double(),
          d,
          rows.data_ptr_double(),
          d);
    }
  }

  /**
   * Replaces a symmetric matrix S by L^T S L, whose eigenvalues are those of L L^T S.
   *
   * @param lower L, [d, d], float64
   * @param matrix S, [d, d], float64, changed in place; read and written in the lower triangle, the
   *     rest is then of no use
   */
  public static void congruence(Tensor lower, Tensor matrix) {
    require(lower, "congruence lower");
    require(matrix, "congruence matrix");
    int d = Math.toIntExact(matrix.size(0));
    int info;
    try (BlasThreads lent = BlasThreads.ofEngine()) {
      info =
          openblas.LAPACKE_dsygst(
              openblas.LAPACK_COL_MAJOR,
              2,
              (byte) 'U',
              d,
              matrix.data_ptr_double(),
              d,
              lower.data_ptr_double(),
              d);
    }
    if (info != 0) {
      throw new IllegalArgumentException("LinearAlgebra.congruence: a value is not finite");
    }
  }

  /**
   * Eigenvalues of a symmetric matrix in ascending order. Two-stage reduction to tridiagonal form:
   * the first stage works in matrix products, where the one-stage route waits for memory.
   *
   * @param matrix [d, d], float64; only the lower triangle is read, nothing is changed
   * @return [d], float64
   */
  public static Tensor eigenvalues(Tensor matrix) {
    require(matrix, "eigenvalues matrix");
    int d = Math.toIntExact(matrix.size(0));
    Tensor values = zeros(d);
    try (Scope scope = Scope.open()) {
      Tensor work = matrix.clone();
      int info;
      try (BlasThreads lent = BlasThreads.ofEngine()) {
        info =
            openblas.LAPACKE_dsyevd_2stage(
                openblas.LAPACK_COL_MAJOR,
                (byte) 'N',
                (byte) 'U',
                d,
                work.data_ptr_double(),
                d,
                values.data_ptr_double());
      }
      if (info < 0) {
        throw new IllegalArgumentException("LinearAlgebra.eigenvalues: a value is not finite");
      }
      if (info > 0) {
        throw new IllegalStateException(
            "LinearAlgebra.eigenvalues: " + info + " off-diagonal values did not converge");
      }
    }
    return values;
  }

  /** Sum of the diagonal. */
  public static double trace(Tensor matrix) {
    try (Scope scope = Scope.open()) {
      return matrix.diagonal().sum().item_double();
    }
  }

  private static void require(Tensor matrix, String what) {
    boolean fits = matrix.is_cpu() && matrix.is_contiguous();
    if (!fits || matrix.scalar_type().intern() != torch.ScalarType.Double) {
      throw new IllegalArgumentException(
          "LinearAlgebra."
              + what
              + ": not contiguous float64 on the CPU; convert it with float64()");
    }
  }
}
