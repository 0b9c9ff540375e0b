package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
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
        case OUTLIER -> assertThat(nearest).isGreaterThan(freely(i) ? 60 : 40);
        case TYPICAL -> assertThat(nearest).isBetween(1.0, freely(i) ? 60.0 : 40.0);
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
    int[] counts = new int[10];
    for (int i = 0; i < 107; i++) {
      counts[odd.label(i)]++;
    }
    assertThat(counts).containsExactly(11, 11, 11, 11, 11, 11, 11, 10, 10, 10);
    assertThat(odd.classes()).isSorted().hasSize(10);
  }

  @Test
  void encoded_isTheImagesOwnContent() {
    for (int i = 0; i < 1000; i += 91) {
      assertThat(shapes.encoded(i)).isEqualTo(shapes.image(i).rgb());
    }
  }

  @Test
  void kinds_standElsewhereInEveryClass() {
    Set<String> patterns = new HashSet<>();
    for (int label = 0; label < 10; label++) {
      StringBuilder kinds = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        kinds.append(shapes.kind(label * 100 + i)).append(' ');
      }
      patterns.add(kinds.toString());
    }
    assertThat(patterns).hasSize(10);
  }

  /** Which class's typical pictures an image is nearest to. */
  private int look(int i) {
    int nearest = -1;
    double least = Double.MAX_VALUE;
    for (int j = 0; j < shapes.size(); j++) {
      if (j != i && shapes.kind(j) == ShapesDataset.Kind.TYPICAL) {
        double d = distance(shapes.image(i), shapes.image(j));
        if (d < least) {
          least = d;
          nearest = shapes.label(j);
        }
      }
    }
    return nearest;
  }

  @Test
  void mislabelled_lookLikeManyOtherClasses_andNeverLikeTheirOwn() {
    Set<Integer> steps = new HashSet<>();
    for (int i = 0; i < shapes.size(); i++) {
      if (shapes.kind(i) == ShapesDataset.Kind.MISLABELLED) {
        int step = (look(i) - shapes.label(i) + 10) % 10;
        assertThat(step).as(shapes.id(i)).isNotZero();
        steps.add(step);
      }
    }
    assertThat(steps).hasSizeGreaterThan(6);
  }

  @Test
  void classesDrawnFreely_varyMoreByHalfThanTheOthers_whoseHuesTheyShare() {
    double freest = 0;
    double leastFree = Double.MAX_VALUE;
    for (int label = 0; label < 10; label++) {
      Shape shape = Shape.BY_LABEL.get(label);
      double[][][] mean = mean(shape.name().toLowerCase(Locale.ROOT));
      double deviation = 0;
      for (int i = 0; i < 100; i++) {
        int image = 100 * label + i;
        if (shapes.kind(image) == ShapesDataset.Kind.TYPICAL) {
          deviation += distanceFrom(mean, shapes.image(image)) / 70;
        }
      }
      if (shape.hand() == Hand.FREE) {
        leastFree = Math.min(leastFree, deviation);
      } else {
        freest = Math.max(freest, deviation);
      }
      assertThat(Shape.BY_LABEL)
          .filteredOn(
              other ->
                  Double.compare(other.hue(), shape.hue()) == 0 && other.hand() != shape.hand())
          .as(shape.name())
          .hasSize(1);
    }
    assertThat(leastFree).isGreaterThan(1.5 * freest);
  }

  private static double distanceFrom(double[][][] mean, Image image) {
    double sum = 0;
    for (int k = 0; k < image.rgb().length; k++) {
      double d = (image.rgb()[k] & 0xFF) - mean[k / 48][k / 3 % 16][k % 3];
      sum += d * d;
    }
    return Math.sqrt(sum / image.rgb().length);
  }

  @Test
  void typicalPictures_haveTheShapeAndTheHueOfTheirName() {
    double[][][] triangle = ink("triangle");
    assertThat(light(triangle, 11, 12, 0, 16)).isGreaterThan(1.7 * light(triangle, 4, 5, 0, 16));
    double[][][] crescent = ink("crescent");
    assertThat(light(crescent, 0, 16, 0, 8)).isGreaterThan(1.3 * light(crescent, 0, 16, 8, 16));
    for (String hollow : List.of("ring", "frame")) {
      double[][][] ink = ink(hollow);
      assertThat(light(ink, 8, 9, 8, 9)).isLessThan(0.5 * light(ink, 8, 9, 12, 13));
    }
    double[] circle = mean("circle")[8][8]; // hue 0 is red, 0.4 green, 0.8 between blue and red
    assertThat(circle[0]).isGreaterThan(2 * Math.max(circle[1], circle[2]));
    double[] diamond = mean("diamond")[8][8];
    assertThat(diamond[1]).isGreaterThan(1.5 * Math.max(diamond[0], diamond[2]));
    double[] plus = mean("plus")[8][8];
    assertThat(plus[2]).isGreaterThan(plus[0]);
    assertThat(plus[0]).isGreaterThan(1.5 * plus[1]);
  }

  private static boolean freely(int i) {
    return Shape.BY_LABEL.get(i / 100).hand() == Hand.FREE;
  }

  /**
   * How far a class's typical pictures lie from their paper, each with the box around its ink in
   * the middle, [y][x][c].
   */
  private double[][][] ink(String name) {
    int first = 100 * shapes.classes().indexOf(name);
    double[][][] mean = new double[16][16][3];
    for (int i = first; i < first + 100; i++) {
      if (shapes.kind(i) == ShapesDataset.Kind.TYPICAL) {
        addInk(mean, shapes.image(i).rgb());
      }
    }
    return mean;
  }

  private static void addInk(double[][][] mean, byte[] rgb) {
    int left = 15;
    int right = 0;
    int top = 15;
    int bottom = 0;
    for (int at = 0; at < 256; at++) {
      double distance = 0;
      for (int c = 0; c < 3; c++) {
        distance += Math.abs((rgb[3 * at + c] & 0xFF) - (rgb[c] & 0xFF));
      }
      if (distance > 30) {
        left = Math.min(left, at % 16);
        right = Math.max(right, at % 16);
        top = Math.min(top, at / 16);
        bottom = Math.max(bottom, at / 16);
      }
    }
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        int fromY = y + (top + bottom + 1) / 2 - 8;
        int fromX = x + (left + right + 1) / 2 - 8;
        for (int c = 0; c < 3 && fromY >= 0 && fromY < 16 && fromX >= 0 && fromX < 16; c++) {
          mean[y][x][c] +=
              Math.abs((rgb[3 * (16 * fromY + fromX) + c] & 0xFF) - (rgb[c] & 0xFF)) / 70.0;
        }
      }
    }
  }

  /** Mean of a class's typical pictures, [y][x][c]. */
  private double[][][] mean(String name) {
    int first = 100 * shapes.classes().indexOf(name);
    double[][][] mean = new double[16][16][3];
    for (int i = first; i < first + 100; i++) {
      if (shapes.kind(i) == ShapesDataset.Kind.TYPICAL) {
        byte[] rgb = shapes.image(i).rgb();
        for (int k = 0; k < rgb.length; k++) {
          mean[k / 48][k / 3 % 16][k % 3] += (rgb[k] & 0xFF) / 70.0;
        }
      }
    }
    return mean;
  }

  private static double light(double[][][] image, int top, int bottom, int left, int right) {
    double sum = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        sum += image[y][x][0] + image[y][x][1] + image[y][x][2];
      }
    }
    return sum / (bottom - top) / (right - left);
  }
}
