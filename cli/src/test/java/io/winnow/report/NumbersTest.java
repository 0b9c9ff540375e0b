package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void value_anySize_keepsThreeDigits() {
    assertThat(Numbers.value(12345.6)).isEqualTo("12,346");
    assertThat(Numbers.value(-123.45)).isEqualTo("-123.5");
    assertThat(Numbers.value(3.14159)).isEqualTo("3.14");
    assertThat(Numbers.value(0.01234)).isEqualTo("0.012");
    assertThat(Numbers.value(1.5e-7)).isEqualTo("1.50e-07");
    assertThat(Numbers.value(Double.NaN)).isEqualTo("–");
  }

  @Test
  void duration_anyLength_isReadable() {
    assertThat(Numbers.duration(0.94)).isEqualTo("0.9 s");
    assertThat(Numbers.duration(59.7)).isEqualTo("1 min 0 s");
    assertThat(Numbers.duration(4000)).isEqualTo("1 h 6 min");
  }

  @Test
  void times_nothingOnOneSide_isNoNumber() {
    assertThat(Numbers.times(9.876)).isEqualTo("9.88×");
    assertThat(Numbers.times(1.0 / 0)).isEqualTo("–");
  }

  @Test
  void histogram_valuesOutsideTheBulk_areCountedInTheEndBins() {
    double[] values = new double[1000];
    for (int i = 0; i < 1000; i++) {
      values[i] = i;
    }
    values[999] = 1e9;
    Histogram bins = new Histogram(values, 10);
    assertThat(bins.counts(values))
        .hasSize(10)
        .satisfies(c -> assertThat(c[9]).isBetween(90L, 120L));
    assertThat(bins.counts(new double[] {-1e12, 1e12})).startsWith(1).endsWith(1);
    assertThat(new Histogram(new double[] {3, 3}, 4).counts(new double[] {3, 3})).startsWith(2);
  }

  @Test
  void histogramLabels_narrowBins_areAllDifferent() {
    double[] narrow = {1.0051, 1.0053, 1.0061, 1.0072};
    assertThat(new Histogram(narrow, 24).labels()).doesNotHaveDuplicates().startsWith("1.00514");
    double[] large = {123_456.1, 123_456.2, 123_456.9};
    assertThat(new Histogram(large, 24).labels()).doesNotHaveDuplicates();
    assertThat(new Histogram(new double[] {0, 8}, 4).labels())
        .containsExactly("1.00", "3.00", "5.00", "7.00");
  }
}
