package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Large images by ADM's crop, against its steps one by one. */
class AdmCenterCropTest {
  private static Image box(Image image, int width, int height) {
    return new PillowResize(Filter.BOX).uint8(image, width, height);
  }

  private static Image bicubic(Image image, int width, int height) {
    return new PillowResize(Filter.BICUBIC).uint8(image, width, height);
  }

  private static Image part(Image image, int left, int top, int side) {
    byte[] rgb = new byte[side * side * 3];
    for (int y = 0; y < side; y++) {
      int from = ((top + y) * image.width() + left) * 3;
      byte[] row = Arrays.copyOfRange(image.rgb(), from, from + side * 3);
      System.arraycopy(row, 0, rgb, y * side * 3, row.length);
    }
    return new Image(side, side, rgb);
  }

  /** 133 x 99 to 66 x 49 to 33 x 24, of which two thirds are 22 x 16: columns 3 to 18. */
  @Test
  void wideImage_isHalvedTwice_thenResizedAndCut() {
    Image image = Samples.picture(133, 99, 1);
    Image halved = box(box(image, 66, 49), 33, 24);
    assertThat(new AdmCenterCrop(16).apply(image))
        .isEqualTo(part(bicubic(halved, 22, 16), 3, 0, 16));
  }

  @Test
  void tallImage_isCutAboveAndBelow() {
    Image image = Samples.picture(99, 133, 2);
    Image halved = box(box(image, 49, 66), 24, 33);
    assertThat(new AdmCenterCrop(16).apply(image))
        .isEqualTo(part(bicubic(halved, 16, 22), 0, 3, 16));
  }

  /** 22 x 12 / 16 = 16.5 goes to the even 16. */
  @Test
  void halfAPixel_goesToTheEvenWidth() {
    Image image = Samples.picture(22, 16, 3);
    assertThat(new AdmCenterCrop(12).apply(image))
        .isEqualTo(part(bicubic(image, 16, 12), 2, 0, 12));
  }

  @Test
  void smallImage_isEnlarged() {
    Image image = Samples.picture(9, 6, 4);
    assertThat(new AdmCenterCrop(12).apply(image))
        .isEqualTo(part(bicubic(image, 18, 12), 3, 0, 12));
  }
}
