package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.data.Filter;
import io.winnow.data.Image;
import io.winnow.data.PillowResize;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmallInputTest {
  /** Red says the column, green the row, blue is 7. */
  private static Image places(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rgb[3 * (y * width + x)] = (byte) (10 * x);
        rgb[3 * (y * width + x) + 1] = (byte) (10 * y);
        rgb[3 * (y * width + x) + 2] = 7;
      }
    }
    return new Image(width, height, rgb);
  }

  private static float[] apply(int side, Normalization normalization, Image image) {
    try (Scope scope = Scope.open()) {
      return Tensors.floats(new SmallInput(side, normalization).apply(image));
    }
  }

  @ParameterizedTest
  @CsvSource({"6, 6, 0, 0", "10, 6, 2, 0", "6, 10, 0, 2", "9, 6, 1, 0"})
  void picture_ofTheSize_isCutToTheCentre_andNormalisedByChannel(
      int width, int height, int left, int top) {
    float[] x = apply(6, Normalization.CIFAR10, places(width, height));
    assertThat(x).hasSize(3 * 36);
    for (int row = 0; row < 6; row++) {
      for (int column = 0; column < 6; column++) {
        int at = 6 * row + column;
        assertThat((double) x[at])
            .isCloseTo((10 * (left + column) / 255.0 - 0.4914) / 0.2023, within(1e-5));
        assertThat((double) x[36 + at])
            .isCloseTo((10 * (top + row) / 255.0 - 0.4822) / 0.1994, within(1e-5));
        assertThat((double) x[72 + at]).isCloseTo((7 / 255.0 - 0.4465) / 0.2010, within(1e-5));
      }
    }
  }

  @Test
  void picture_ofAnotherSize_isBroughtThereByTheBicubicFilter() {
    Image image = places(11, 11);
    byte[] bicubic = new PillowResize(Filter.BICUBIC).uint8(image, 6, 6).rgb();
    float[] x = apply(6, Normalization.HALF, image);
    for (int i = 0; i < 36; i++) {
      for (int c = 0; c < 3; c++) {
        double level = bicubic[3 * i + c] & 0xFF;
        assertThat((double) x[36 * c + i]).isCloseTo(level / 127.5 - 1, within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "imagenet, 0.485, 0.456, 0.406, 0.229, 0.224, 0.225",
    "cifar10, 0.4914, 0.4822, 0.4465, 0.2023, 0.1994, 0.2010",
    "cifar100, 0.50707, 0.48654, 0.44091, 0.26733, 0.25643, 0.27615",
    "tiny-imagenet, 0.4802, 0.4481, 0.3975, 0.2302, 0.2265, 0.2262",
    "half, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5"
  })
  void statistics_ofThatName_areThePublishedOnes(
      String name, double r, double g, double b, double stdR, double stdG, double stdB) {
    Normalization found = Normalization.of(name);
    assertThat(found.mean()).containsExactly(r, g, b);
    assertThat(found.std()).containsExactly(stdR, stdG, stdB);
  }
}
