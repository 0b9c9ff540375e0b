package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShapesDatasetTest {
  private final ShapesDataset shapes = new ShapesDataset(1000, 7);

  private static double distance(Image a, Image b) {
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double d = (a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF);
      sum += d * d;
    }
    return Math.sqrt(sum / a.rgb().length);
  }

  private double nearestTypical(int i) {
    double nearest = Double.MAX_VALUE;
    for (int j = 0; j < shapes.size(); j++) {
      if (j != i
          && shapes.label(j) == shapes.label(i)
          && shapes.kind(j) == ShapesDataset.Kind.TYPICAL) {
        nearest = Math.min(nearest, distance(shapes.image(i), shapes.image(j)));
      }
    }
    return nearest;
  }

  @Test
  void images_ofTheSameSeed_areTheSame_andOfAnotherAreNot() {
    ShapesDataset again = new ShapesDataset(1000, 7);
    ShapesDataset other = new ShapesDataset(1000, 8);
    int different = 0;
    for (int i = 0; i < 1000; i += 37) {
      assertThat(again.image(i)).isEqualTo(shapes.image(i));
      assertThat(again.id(i)).isEqualTo(shapes.id(i));
      different += other.image(i).equals(shapes.image(i)) ? 0 : 1;
    }
    assertThat(different).isEqualTo(28);
  }

  @Test
  void kinds_haveTheirSharesInEveryClass_andStandInTheIds() {
    Map<ShapesDataset.Kind, Integer> counts = new EnumMap<>(ShapesDataset.Kind.class);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < shapes.size(); i++) {
      if (shapes.label(i) == 3) {
        counts.merge(shapes.kind(i), 1, Integer::sum);
      }
      ids.add(shapes.id(i));
      assertThat(shapes.id(i))
          .startsWith("shapes/" + shapes.classes().get(shapes.label(i)) + "/")
          .endsWith(
              "-" + shapes.kind(i).name().toLowerCase(Locale.ROOT).replace('_', '-') + ".png");
    }
    assertThat(ids).hasSize(1000);
    assertThat(counts)
        .isEqualTo(
            Map.of(
                ShapesDataset.Kind.TYPICAL, 70,
                ShapesDataset.Kind.NEAR_DUPLICATE, 18,
                ShapesDataset.Kind.OUTLIER, 8,
                ShapesDataset.Kind.MISLABELLED, 4));
  }

  @Test
  void nearDuplicates_lieOnATypicalImage_andOutliersFarFromAll() {
    for (int i = 0; i < 200; i++) {
      double nearest = nearestTypical(i);
      switch (shapes.kind(i)) {
        case NEAR_DUPLICATE -> assertThat(nearest).isLessThan(1);
        case OUTLIER -> assertThat(nearest).isGreaterThan(40);
        case TYPICAL -> assertThat(nearest).isBetween(1.0, 40.0);
        case MISLABELLED -> assertThat(nearest).isGreaterThan(10);
      }
    }
  }

  @Test
  void count_notDivisibleByTen_isKept() {
    ShapesDataset odd = new ShapesDataset(107, 0);
    assertThat(odd.size()).isEqualTo(107);
    assertThat(odd.label(0)).isZero();
    assertThat(odd.label(106)).isEqualTo(9);
    assertThat(odd.classes()).isSorted().hasSize(10);
  }
}
