package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final long LIMIT = 1 << 20;

  static byte[] resource(String name) throws IOException {
    try (InputStream in = ImageDecoderTest.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    }
  }

  /** The sums are of the bytes that Pillow 12.3's {@code convert("RGB")} gives. */
  @ParameterizedTest
  @CsvSource({
    "bmp.bmp, d1711e47",
    "gif-animated.gif, 8c5c87dc",
    "jpeg-cmyk.jpg, 6e8d791a",
    "jpeg-exif-turned.jpg, 977770e9",
    "jpeg-grey.jpg, d23022bc",
    "jpeg420.jpg, 977770e9",
    "jpeg444-progressive.jpg, 6af2057d",
    "png-16bit.png, e68ba1cb",
    "png-alpha.png, a8e86644",
    "png-grey.png, 05bf1896",
    "png-palette-transparent.png, 8c5c87dc",
    "tiff-lzw.tif, d1711e47",
    "webp-alpha-lossless.webp, a8e86644",
    "webp-lossy.webp, de1dfb75",
  })
  void decode_everyFormat_equalsPillow(String name, String sum) throws Exception {
    Image image = ImageDecoder.decode(resource(name), LIMIT);
    assertThat(image.width()).isEqualTo(19);
    assertThat(image.height()).isEqualTo(13);
    CRC32 crc = new CRC32();
    crc.update(image.rgb());
    assertThat(Long.toHexString(crc.getValue() | (1L << 32)).substring(1)).isEqualTo(sum);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bmp.bmp",
        "gif-animated.gif",
        "jpeg420.jpg",
        "jpeg-cmyk.jpg",
        "jpeg444-progressive.jpg",
        "png-alpha.png",
        "tiff-lzw.tif",
        "webp-lossy.webp"
      })
  void decode_truncatedAnywhere_isBadAndNeverFilledUp(String name) throws Exception {
    byte[] whole = resource(name);
    // The animation's later frames may be missing: only the first is read.
    double most = name.startsWith("gif") ? 0.2 : 0.97;
    for (double share : new double[] {0, 0.01, 0.2, 0.5, 0.8, 0.97}) {
      byte[] part = Arrays.copyOf(whole, (int) (whole.length * Math.min(share, most)));
      assertThatThrownBy(() -> ImageDecoder.decode(part, LIMIT))
          .as("%s, first %d of %d bytes", name, part.length, whole.length)
          .isInstanceOf(BadImageException.class);
    }
  }

  @Test
  void decode_jpegWithoutItsEnd_saysTruncated() throws Exception {
    byte[] whole = resource("jpeg420.jpg");
    assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(whole, whole.length - 2), LIMIT))
        .hasMessage("truncated: the file ends before its picture does");
  }

  @Test
  void decode_pngWithOneWrongByte_saysDamaged() throws Exception {
    byte[] file = resource("png-grey.png");
    file[file.length / 2] ^= 0x40;
    assertThatThrownBy(() -> ImageDecoder.decode(file, LIMIT))
        .hasMessage("damaged: the checksum of a PNG chunk is wrong");
  }

  @Test
  void decode_text_saysThatItIsNoImage() {
    byte[] text = "this is no picture at all".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ImageDecoder.decode(text, LIMIT))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("no known image format");
  }

  @Test
  void decode_largerThanTheLimit_isRefusedByItsHeaderAlone() throws Exception {
    // 60,000 x 60,000 pixels in a header with next to nothing behind it: decoding it would fail
    // otherwise, and allocating its pixels would take 10 GB.
    byte[] file = resource("bmp.bmp");
    byte[] packed = file.clone();
    packed[18] = (byte) 0x60;
    packed[19] = (byte) 0xEA;
    packed[22] = (byte) 0x60;
    packed[23] = (byte) 0xEA;
    packed[30] = 1;
    assertThatThrownBy(() -> ImageDecoder.decode(packed, LIMIT))
        .hasMessage(
            "too large: 60000 x 60000 pixels, at most 1048576 are allowed (dataset.maxPixels)");
  }

  @Test
  void png_writtenAndRead_isTheSamePicture() throws Exception {
    Image image = Samples.picture(7, 5, 3);
    assertThat(ImageDecoder.decode(Png.encode(image), LIMIT)).isEqualTo(image);
    assertThat(Png.encode(image)).isEqualTo(Png.encode(image));
  }
}
