package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PillowResizeTest {
  private static Image noise(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) ((i * 2654435761L) >>> 13);
    }
    return new Image(width, height, rgb);
  }

  /** The sums are of the bytes that Pillow 12.3 gives. */
  @ParameterizedTest
  @CsvSource({
    "50, 37, NEAREST, 96ad22da",
    "50, 37, BOX, 6331dcdd",
    "50, 37, BILINEAR, 1b2e7971",
    "50, 37, HAMMING, ca31f6a2",
    "50, 37, BICUBIC, d1fc50c8",
    "50, 37, LANCZOS, d5f0b769",
    "48, 64, NEAREST, 12bd43bc",
    "48, 64, BOX, bf1d15f1",
    "48, 64, BILINEAR, 3e9a6c6a",
    "48, 64, HAMMING, 443dfeb7",
    "48, 64, BICUBIC, 2c3bfd84",
    "48, 64, LANCZOS, ef427eb7",
  })
  void uint8_everyFilter_equalsPillow(int width, int height, Filter filter, String sum) {
    CRC32 crc = new CRC32();
    crc.update(new PillowResize(filter).uint8(noise(width, height), 23, 61).rgb());
    assertThat(Long.toHexString(crc.getValue() | (1L << 32)).substring(1)).isEqualTo(sum);
  }

  @ParameterizedTest
  @EnumSource(Filter.class)
  void uint8_window_isTheSamePartOfTheWhole(Filter filter) {
    PillowResize resize = new PillowResize(filter);
    Window window = new Window(3, 5, 11, 9);
    for (Image image : new Image[] {noise(40, 30), noise(20, 30), noise(40, 21), noise(20, 21)}) {
      assertThat(resize.uint8(image, 20, 21, window))
          .isEqualTo(window.of(resize.uint8(image, 20, 21)));
    }
  }

  @ParameterizedTest
  @EnumSource(Filter.class)
  void resize_ofOneLevel_keepsIt(Filter filter) {
    byte[] flat = new byte[3 * 12 * 7];
    java.util.Arrays.fill(flat, (byte) 200);
    PillowResize resize = new PillowResize(filter);
    assertThat(resize.uint8(new Image(12, 7, flat), 5, 19).rgb()).containsOnly(200);
    float[] plane = new float[12 * 7];
    java.util.Arrays.fill(plane, 0.25f);
    assertThat(resize.floats(plane, 12, 7, 5, 19)).containsOnly(0.25f);
  }

  @ParameterizedTest
  @EnumSource(Filter.class)
  void uint8_fromTwoPixels_clipsTheOvershoot(Filter filter) {
    byte[] steps = {0, 0, 0, -1, -1, -1, -1, -1, -1, 0, 0, 0};
    byte[] rgb = new PillowResize(filter).uint8(new Image(2, 2, steps), 7, 5).rgb();
    // Black and white in a checker: overshoot is clipped and never wraps round.
    assertThat(rgb[0] & 0xFF).isLessThan(40);
    assertThat(rgb[6 * 3] & 0xFF).isGreaterThan(215);
  }

  @Test
  void average_ofBlocks_isRoundedToTheNearestLevel() throws Exception {
    byte[] rgb = new byte[3 * 4];
    rgb[0] = 1;
    rgb[3] = 2;
    rgb[6] = 3;
    rgb[9] = 4;
    rgb[1] = (byte) 255;
    SquareResize half = new SquareResize(1, Resize.AVERAGE);
    // Means 2.5, 63.75 and 0; halves round up.
    assertThat(half.apply(new Image(2, 2, rgb)).rgb()).containsExactly(3, 64, 0);
  }

  @Test
  void average_ofASizeThatDoesNotDivide_saysSo() {
    SquareResize five = new SquareResize(5, Resize.AVERAGE);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> five.apply(noise(12, 8)))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("12 x 8 pixels cannot be averaged to side 5");
  }
}
