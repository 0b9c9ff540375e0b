package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int SIDE = 4;
  private static final int COUNT = 400;

  private final SpiedImages images = new SpiedImages(COUNT, SIDE, 3, 1);

  private float[] apply(int padding, boolean flip, int[] indices, int epoch) {
    try (Scope scope = Scope.open()) {
      Augmentation augmentation =
          new Augmentation(padding, flip, Normalization.CIFAR10, RandomStreams.of(9));
      return Tensors.floats(augmentation.apply(images.batch(indices), indices, epoch));
    }
  }

  private static int[] all() {
    return IntStream.range(0, COUNT).toArray();
  }

  /** The image cut out of a black frame from (top, left) and mirrored, normalised by hand. */
  private float[] expected(int image, int top, int left, boolean mirrored) {
    double[] mean = {0.4914, 0.4822, 0.4465};
    double[] deviation = {0.2023, 0.1994, 0.2010};
    float[] values = new float[3 * SIDE * SIDE];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int fromY = y + top;
          int fromX = (mirrored ? SIDE - 1 - x : x) + left;
          boolean black = fromY < 0 || fromY >= SIDE || fromX < 0 || fromX >= SIDE;
          double level = black ? 0 : images.level(image, c, fromY, fromX);
          values[(c * SIDE + y) * SIDE + x] = (float) ((level / 255 - mean[c]) / deviation[c]);
        }
      }
    }
    return values;
  }

  private static boolean same(float[] a, float[] b) {
    return IntStream.range(0, a.length).allMatch(i -> Math.abs(a[i] - b[i]) < 1e-5);
  }

  /** "top left mirrored" of every image. */
  private Map<String, Integer> waysOf(float[] batch, int padding) {
    int size = 3 * SIDE * SIDE;
    Map<String, Integer> ways = new TreeMap<>();
    for (int i = 0; i < COUNT; i++) {
      float[] image = Arrays.copyOfRange(batch, i * size, (i + 1) * size);
      String found = null;
      for (int top = -padding; top <= padding; top++) {
        for (int left = -padding; left <= padding; left++) {
          for (boolean mirrored : new boolean[] {false, true}) {
            if (same(image, expected(i, top, left, mirrored))) {
              found = top + " " + left + " " + mirrored;
            }
          }
        }
      }
      assertThat(found).as("image %d is a crop of itself", i).isNotNull();
      ways.merge(found, 1, Integer::sum);
    }
    return ways;
  }

  @Test
  void images_neitherCutNorMirrored_areThePixelsNormalised() {
    assertThat(waysOf(apply(0, false, all(), 0), 0)).containsOnlyKeys("0 0 false");
  }

  /** 400 images over 18 ways: 22 each, give or take 4.6. */
  @Test
  void images_withPaddingOfOne_areCutEverywhereAlike_andHalfAreMirrored() {
    Map<String, Integer> ways = waysOf(apply(1, true, all(), 0), 1);
    assertThat(ways).hasSize(18);
    assertThat(ways.values()).allSatisfy(n -> assertThat(n).isBetween(5, 45));
    int mirrored =
        ways.entrySet().stream()
            .filter(e -> e.getKey().endsWith("true"))
            .mapToInt(Map.Entry::getValue)
            .sum();
    assertThat(mirrored / (double) COUNT).isCloseTo(0.5, within(0.1));
  }

  @Test
  void images_withPaddingOfTwo_areCutUpToTwoPixelsAway() {
    assertThat(waysOf(apply(2, false, all(), 0), 2)).hasSize(25);
  }

  @Test
  void way_isAFunctionOfEpochAndImage_notOfItsPlaceInTheBatch() {
    int size = 3 * SIDE * SIDE;
    float[] whole = apply(1, true, all(), 3);
    float[] alone = apply(1, true, new int[] {7}, 3);
    assertThat(alone).containsExactly(Arrays.copyOfRange(whole, 7 * size, 8 * size));
    assertThat(apply(1, true, all(), 4)).isNotEqualTo(whole);
  }
}
