package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.eval.PlainMetrics;
import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The fewest images that have a floor, and where a floor at the samples' n ends. */
class FloorsTest {
  private static final Metric.Circumstances GIVEN =
      new Metric.Circumstances(
          new Metric.Sets(0, 0, "ref"), null, null, 5L, "float32", null, List.of());

  private static float[][] rows(int count) {
    float[][] rows = new float[count][2];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < 2; j++) {
        rows[i][j] = (float) RandomStreams.of(1).uniform("x", i, j);
      }
    }
    return rows;
  }

  /** Of a reference with the classes "a" and "b" in turn. */
  private static Floors floors(int count) {
    Features reference =
        Features.of(
            rows(count),
            IntStream.range(0, count).mapToObj(i -> "i" + i).toList(),
            IntStream.range(0, count).map(i -> i % 2).toArray(),
            List.of("a", "b"),
            new EncoderIdentity("e", "net", "w", "resize", 2));
    return new Floors(reference, RandomStreams.of(0), GIVEN);
  }

  private static String counts(Metric floor) {
    return "%s of %s and %s".formatted(floor.c().variant(), floor.n(), floor.nReference());
  }

  @Test
  void fourImages_areTheFewestWithAFloor() {
    assertThat(floors(3).pooled(1)).isEmpty();
    assertThat(floors(4).pooled(2))
        .singleElement()
        .satisfies(
            floor -> {
              assertThat(counts(floor)).isEqualTo("floor of 2 and 2");
              assertThat(pairs()).anyMatch(d -> Math.abs(d - floor.value()) < 1e-9);
            });
    assertThat(floors(6).ofClass(1, 2)).as("three images of the class").isEmpty();
    assertThat(floors(8).ofClass(1, 2))
        .hasValueSatisfying(floor -> assertThat(counts(floor)).isEqualTo("floor of 2 and 2"));
  }

  /** The distances between the three ways to part four rows in two. */
  private static List<Double> pairs() {
    double[][] x = new double[4][2];
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 2; j++) {
        x[i][j] = rows(4)[i][j];
      }
    }
    List<Double> all = new ArrayList<>();
    for (int other = 1; other < 4; other++) {
      int own = other;
      double[][] rest =
          IntStream.of(1, 2, 3).filter(i -> i != own).mapToObj(i -> x[i]).toArray(double[][]::new);
      all.add(PlainMetrics.frechet(new double[][] {x[0], x[own]}, rest));
    }
    return all;
  }

  /** With just half of the reference as samples, the halves are that floor already. */
  @Test
  void floorAtTheSamplesCount_isOfFewerThanHalf() {
    assertThat(floors(8).pooled(4).stream().map(FloorsTest::counts))
        .containsExactly("floor of 4 and 4");
    assertThat(floors(8).pooled(4).get(0).c().notes().get(0))
        .isEqualTo(
            "floor: two disjoint halves of the reference, as near to the samples' n of 4 as two"
                + " parts of 8 come");
    List<Metric> fewer = floors(8).pooled(3);
    assertThat(fewer.stream().map(FloorsTest::counts))
        .containsExactly("floor of 4 and 4", "floor-at-n of 3 and 5");
    assertThat(fewer.get(0).c().notes().get(0))
        .isEqualTo("floor: two disjoint halves of the reference");
    assertThat(floors(16).ofClass(0, 4).map(FloorsTest::counts)).contains("floor of 4 and 4");
    assertThat(floors(16).ofClass(0, 3).map(FloorsTest::counts)).contains("floor-at-n of 3 and 5");
  }

  /** Four rows for two features are no more than their covariance needs, five are. */
  @Test
  void fewImages_areNotedBesideTheFloor() {
    String biased = "2 images for 2 features: the covariance is singular";
    assertThat(floors(4).pooled(2).get(0).c().notes().get(1)).startsWith(biased);
    assertThat(floors(6).pooled(3).get(0).c().notes()).hasSize(1);
    assertThat(floors(8).ofClass(0, 2).orElseThrow().c().notes().get(1)).startsWith(biased);
  }

  @Test
  void floorOfAClass_namesIt_andIsOfItsImagesAlone() {
    Metric floor = floors(14).ofClass(1, 3).orElseThrow();
    assertThat(floor.className()).isEqualTo("b");
    assertThat(floor.label()).isEqualTo(1);
    double[][] own = new double[7][2];
    for (int i = 0; i < 7; i++) {
      float[] row = rows(14)[2 * i + 1];
      own[i] = new double[] {row[0], row[1]};
    }
    assertThat(
            IntStream.range(0, 1 << 7)
                .filter(bits -> Integer.bitCount(bits) == 3)
                .mapToDouble(bits -> PlainMetrics.frechet(part(own, bits, 1), part(own, bits, 0)))
                .map(d -> Math.abs(d - floor.value()))
                .min()
                .orElseThrow())
        .isCloseTo(0, within(1e-9));
  }

  private static double[][] part(double[][] rows, int bits, int bit) {
    return IntStream.range(0, rows.length)
        .filter(i -> (bits >> i & 1) == bit)
        .mapToObj(i -> rows[i])
        .toArray(double[][]::new);
  }

  @Test
  void draws_areOfSeedAndClass() {
    assertThat(values(floors(40))).isEqualTo(values(floors(40)));
    assertThat(Arrays.stream(values(floors(40))).distinct().count()).isEqualTo(3);
  }

  private static double[] values(Floors floors) {
    return new double[] {
      floors.pooled(3).get(1).value(),
      floors.ofClass(0, 3).orElseThrow().value(),
      floors.ofClass(1, 3).orElseThrow().value()
    };
  }
}
