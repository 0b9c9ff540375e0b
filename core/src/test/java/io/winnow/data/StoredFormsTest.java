package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of 2 x 2 pixels, as Pillow 12 writes them. */
class StoredFormsTest {
  private static final String FLOAT_TIFF =
      "SUkqAAgAAAAKAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAA"
          + "AAYBAwABAAAAAQAAABEBBAABAAAAhgAAABYBBAABAAAAAgAAABcBBAABAAAAEAAAABwBAwABAAAA"
          + "AQAAAFMBAwABAAAAAwAAAAAAAADNzMw9zcxMPpqZmT4AAIA/";

  @TempDir Path folder;

  static Stream<Arguments> files() {
    return Stream.of(
        Arguments.of(
            "greyPng",
            "greyscale, tripled to RGB",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGP08WKQ5QQAAvMAvuff"
                + "lMkAAAAASUVORK5CYII="),
        Arguments.of(
            "cmykJpeg",
            "CMYK, converted as Pillow does",
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwD/////////////////////////////////////////////"
                + "/////////////////////////////////////////8AAFAgAAgACBEMRAE0RAFkRAEsRAP/EABUA"
                + "AQEAAAAAAAAAAAAAAAAAAAID/8QAGhAAAgIDAAAAAAAAAAAAAAAAAAERMVFxkf/aAA4EQwBNAFkA"
                + "SwAAPwCYJeX0Dt7ZQ//Z"),
        Arguments.of(
            "cmykTiff",
            "CMYK, converted as Pillow does",
            "SUkqAAgAAAAKAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwAEAAAAhgAAAAMBAwABAAAAAQAA"
                + "AAYBAwABAAAABQAAABEBBAABAAAAjgAAABUBAwABAAAABAAAABYBBAABAAAAAgAAABcBBAABAAAA"
                + "EAAAABwBAwABAAAAAQAAAAAAAAAIAAgACAAIAAD//wD/AP8A//8AAPb29gA="),
        Arguments.of(
            "deepPng",
            "greyscale, tripled to RGB|of 16 bits per channel, of which the upper 8 are kept",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACEAAAAAAHTY67AAAAEklEQVR4nGNkYGRgZPr/j4EdAAcp"
                + "AgpU7c4/AAAAAElFTkSuQmCC"),
        Arguments.of(
            "deepTiff",
            "greyscale, tripled to RGB|of 16 bits per channel, of which the upper 8 are kept",
            "SUkqAAgAAAAJAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwABAAAAEAAAAAMBAwABAAAAAQAA"
                + "AAYBAwABAAAAAQAAABEBBAABAAAAegAAABYBBAABAAAAAgAAABcBBAABAAAACAAAABwBAwABAAAA"
                + "AQAAAAAAAAABAAIA//8JAA=="),
        Arguments.of(
            "alphaPng",
            "stored with transparency, which is dropped",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAGklEQVR4nGP4z8DQwPCfgYGBgeH/"
                + "f05OTnYAL0IEn+mRvXAAAAAASUVORK5CYII="),
        Arguments.of(
            "alphaWebp",
            "stored with transparency, which is dropped",
            "UklGRjAAAABXRUJQVlA4TCQAAAAvAUAAEB8wCUKChOz/vwoJCKL/gwkJCNclswXAW1e4QENE/0M="),
        Arguments.of(
            "alphaTiff",
            "stored with transparency, which is dropped",
            "SUkqAAgAAAALAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwAEAAAAkgAAAAMBAwABAAAAAQAA"
                + "AAYBAwABAAAAAgAAABEBBAABAAAAmgAAABUBAwABAAAABAAAABYBBAABAAAAAgAAABcBBAABAAAA"
                + "EAAAABwBAwABAAAAAQAAAFIBAwABAAAAAgAAAAAAAAAIAAgACAAIAP8AAIAA/wAAAAD//wkJCQc="),
        Arguments.of(
            "alphaGif",
            "stored with transparency, which is dropped",
            "R0lGODlhAgACAIEAAAD/AAkJCf8AAAAA/yH5BAEAAAEALAAAAAACAAIAAAgHAAUAGBAgIAA7"),
        Arguments.of(
            "animatedGif",
            "animated, of which the first frame is taken",
            "R0lGODdhAgACAIEAAAD/AAkJCf8AAAAA/ywAAAAAAgACAAAIBwAFABgQICAAIfkEAQAABAAsAAAA"
                + "AAIAAgCB9vb2//8AAP///wD/CAcABQwIACAgADs="),
        Arguments.of(
            "animatedPng",
            "animated, of which the first frame is taken",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAACGFjVEwAAAACAAAAAPONk3AAAAAa"
                + "ZmNUTAAAAAAAAAACAAAAAgAAAAAAAAAAAAAAAQAA2WEaUQAAABZJREFUeJxj+M/AwPCfgYGB4T8n"
                + "JycAGioDGX5a5FEAAAAaZmNUTAAAAAEAAAACAAAAAgAAAAAAAAAAAAAAAQAAQhLwhQAAABtmZEFU"
                + "AAAAAnicY2D4//8/w3+m/wyM3799BwA0uQfjES96DAAAAABJRU5ErkJggg=="),
        Arguments.of(
            "animatedWebp",
            "animated, of which the first frame is taken",
            "UklGRrQAAABXRUJQVlA4WAoAAAACAAAAAQAAAQAAQU5JTQYAAAAAAAAAAABBTk1GQAAAAAAAAAAA"
                + "AAEAAAEAAAAAAAJWUDhMKAAAAC8BQAAAHyAkIGT/v4puCAkSqv+/moU2xET/Hyua/8AHUwc/QIjo"
                + "fwhBTk1GQAAAAAAAAAAAAAEAAAEAAAAAAABWUDhMKAAAAC8BQAAAHyAkSLr/vxq5ISRIqP7/ahba"
                + "EBP9f6xo/oN/SgA/QIjofwQ="),
        Arguments.of(
            "pagesTiff",
            "animated, of which the first frame is taken",
            "SUkqAAgAAAAKAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwADAAAAhgAAAAMBAwABAAAAAQAA"
                + "AAYBAwABAAAAAgAAABEBBAABAAAAjAAAABUBAwABAAAAAwAAABYBBAABAAAAAgAAABcBBAABAAAA"
                + "DAAAABwBAwABAAAAAQAAAKgAAAAIAAgACAD/AAAA/wAAAP8JCQkAAAAAAAAAAElJKgAIAAAACgAA"
                + "AQQAAQAAAAIAAAABAQQAAQAAAAIAAAACAQMAAwAAACYBAAADAQMAAQAAAAEAAAAGAQMAAQAAAAIA"
                + "AAARAQQAAQAAACwBAAAVAQMAAQAAAAMAAAAWAQQAAQAAAAIAAAAXAQQAAQAAAAwAAAAcAQMAAQAA"
                + "AAEAAAAAAAAACAAIAAgAAP///wD///8A9vb2AAAAAAAAAAA="),
        Arguments.of(
            "plainWebp",
            "",
            "UklGRjIAAABXRUJQVlA4TCUAAAAvAUAAAB8gJCCI/g92Q0iQkP3/VyEBQfR/sPkPfHJUcAOGiP6H"
                + "AA=="));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void count_ofEveryForm_saysWhatWasDone(String name, String forms, String base64)
      throws Exception {
    byte[] file = Base64.getDecoder().decode(base64);
    assertThat(ImageDecoder.decode(file, 100).width()).isEqualTo(2);
    Files.write(folder.resolve("one.png"), file);
    Files.write(folder.resolve("two.png"), file);
    try (Dataset dataset = Datasets.pictures(folder, "", 100)) {
      assertThat(StoredForms.count(dataset, 1).keySet())
          .containsExactlyInAnyOrderElementsOf(
              forms.isEmpty() ? List.of() : List.of(forms.split("\\|")));
      assertThat(StoredForms.count(dataset, 1).values()).allMatch(count -> count == 2);
    }
  }

  @Test
  void decode_floatingPointTiff_isBad_andNotBlack() {
    byte[] file = Base64.getDecoder().decode(FLOAT_TIFF);
    assertThatThrownBy(() -> ImageDecoder.decode(file, 100))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("32 bits per channel");
  }
}
