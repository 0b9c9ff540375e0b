package io.winnow.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * Against {@code student.csv}: values of mpmath 1.3.0 at 30 digits (quantiles by its incomplete
 * beta, power by adaptive quadrature of the noncentral t), which scipy 1.17.1 shares to 1e-8 where
 * it does not return NaN.
 */
class StudentTest {
  private static List<String[]> rows(String quantity) throws IOException {
    try (InputStream in = StudentTest.class.getResourceAsStream("student.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split(",", -1))
          .filter(row -> row[0].equals(quantity))
          .toList();
    }
  }

  private static void compare(
      String quantity, int count, double relative, ToDoubleFunction<String[]> ours)
      throws IOException {
    List<String[]> rows = rows(quantity);
    assertThat(rows).hasSize(count);
    for (String[] row : rows) {
      double expected = Double.parseDouble(row[3]);
      assertThat(ours.applyAsDouble(row))
          .as(String.join(",", row))
          .isCloseTo(expected, within(relative * Math.abs(expected)));
    }
  }

  @Test
  void quantiles_areThoseOfThirtyDigits() throws IOException {
    compare(
        "quantile",
        66,
        1e-11,
        row -> StudentT.critical(2 * (1 - Double.parseDouble(row[2])), Double.parseDouble(row[1])));
  }

  @Test
  void power_isThatOfThirtyDigits() throws IOException {
    compare(
        "power",
        70,
        1e-10,
        row -> {
          String[] argument = row[2].split(" ", -1);
          return TestPower.of(
              Double.parseDouble(row[1]),
              Double.parseDouble(argument[0]),
              Double.parseDouble(argument[1]));
        });
  }

  @Test
  void normal_isThatOfThirtyDigits() throws IOException {
    compare("normal", 9, 1e-9, row -> Normal.cdf(Double.parseDouble(row[2]))); // far out
    assertThat(Normal.cdf(-1.959963984540054)).isCloseTo(0.025, within(1e-15));
    assertThat(Normal.cdf(0)).isCloseTo(0.5, within(1e-15));
    assertThat(Normal.cdf(Double.NEGATIVE_INFINITY)).isZero();
    assertThat(Normal.cdf(Double.POSITIVE_INFINITY)).isEqualTo(1);
  }

  /** The tables of textbooks. */
  @Test
  void critical_isThatOfPrintedTables() {
    assertThat(StudentT.critical(0.05, 1)).isCloseTo(12.706, within(5e-4));
    assertThat(StudentT.critical(0.05, 2)).isCloseTo(4.303, within(5e-4));
    assertThat(StudentT.critical(0.05, 10)).isCloseTo(2.228, within(5e-4));
    assertThat(StudentT.critical(0.01, 30)).isCloseTo(2.750, within(5e-4));
    assertThat(StudentT.critical(0.05, 1e7)).isCloseTo(1.959964, within(1e-6));
  }

  @Test
  void twoSided_ofOneDegreeOfFreedom_isCauchys() {
    for (double t : new double[] {0, 1e-9, 0.3, 1, 7, 1e6}) {
      assertThat(StudentT.twoSided(t, 1)).isCloseTo(1 - 2 * Math.atan(t) / Math.PI, within(1e-13));
      assertThat(StudentT.twoSided(-t, 1)).isEqualTo(StudentT.twoSided(t, 1));
    }
    assertThat(StudentT.twoSided(Double.POSITIVE_INFINITY, 3)).isZero();
  }

  @Test
  void logGamma_isThatOfFactorials() {
    double factorial = 0;
    for (int n = 1; n <= 50; n++) {
      assertThat(StudentT.logGamma(n)).isCloseTo(factorial, within(1e-12 * (1 + factorial)));
      factorial += Math.log(n);
    }
    assertThat(StudentT.logGamma(0.25)).isCloseTo(1.2880225246980774, within(1e-13));
  }

  @Test
  void power_withoutAnEffect_isTheErrorRate() {
    for (double degrees : new double[] {1, 3.5, 40, 2000}) {
      assertThat(TestPower.of(degrees, 0, 0.05)).isCloseTo(0.05, within(1e-12));
      assertThat(TestPower.expected(degrees, 0, 0.05, 4)).isCloseTo(0.05, within(1e-12));
    }
  }

  /** With sigma = s / U, and the test's own spread nearly known: noncentral t with z for shift. */
  @Test
  void expectedPower_ofManySeeds_isTheNoncentralTOfJuliousAndOwen() {
    double byScipy = 0.857340228560632; // nct.cdf(4, 4, z) + nct.cdf(-4, 4, z), z = norm.ppf(0.975)
    assertThat(TestPower.expected(1e7, 4, 0.05, 4)).isCloseTo(byScipy, within(1e-6));
    assertThat(TestPower.expected(9, 3, 0.05, Double.POSITIVE_INFINITY))
        .isEqualTo(TestPower.of(9, 3, 0.05));
  }
}
