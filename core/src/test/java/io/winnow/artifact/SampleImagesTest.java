package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleImagesTest {
  @TempDir Path folder;

  @Test
  void npz_labelled_isGroupedByLabel_whateverLiesBesideIt() throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve("a")).resolve("a.txt"), "no image");
    Files.writeString(folder.resolve("a.txt"), "no samples");
    try (Scope scope = Scope.open()) {
      long[] pixels = new long[3 * 2 * 2 * 3];
      pixels[0] = 255; // red of the first pixel of the first image
      pixels[12 + 2] = 128; // blue of the first pixel of the second
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("arr_0", Tensors.of(pixels, 3, 2, 2, 3).to(ScalarType.Byte));
      arrays.put("arr_1", Tensors.of(new long[] {1, 0, 1}, 3));
      Npz.write(folder.resolve("samples.npz"), arrays);
    }
    SampleImages samples = SampleImages.read(folder, 1).orElseThrow();
    assertThat(samples.groups())
        .extracting(SampleImages.Group::className)
        .containsExactly("0", "1");
    assertThat(samples.groups().get(0).images().get(0).getRGB(0, 0)).isEqualTo(0xff000080);
    assertThat(samples.groups().get(1).images()).hasSize(1);
    assertThat(samples.groups().get(1).images().get(0).getRGB(0, 0)).isEqualTo(0xffff0000);
  }

  @Test
  void pngs_inClassFolders_areReadInOrderUpToALimit() throws IOException {
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, i);
      Path file = Files.createDirectories(folder.resolve("cat")).resolve("00" + i + ".png");
      ImageIO.write(image, "png", file.toFile());
    }
    SampleImages samples = SampleImages.read(folder, 2).orElseThrow();
    assertThat(samples.groups()).hasSize(1);
    assertThat(samples.groups().get(0).images())
        .extracting(image -> image.getRGB(0, 0) & 0xffffff)
        .containsExactly(0, 1);
  }

  @Test
  void npz_withoutLabels_isOneGroup_ofWholePictures_upToALimit() {
    try (Scope scope = Scope.open()) {
      long[] pixels = new long[3 * 2 * 3 * 3]; // three images of 2 x 3
      for (int p = 0; p < 6; p++) {
        pixels[3 * p] = 16L * p;
        pixels[3 * p + 1] = p;
        pixels[3 * p + 2] = 255L - p;
      }
      Npz.write(
          folder.resolve("samples.npz"),
          Map.of("arr_0", Tensors.of(pixels, 3, 2, 3, 3).to(ScalarType.Byte)));
    }
    SampleImages samples = SampleImages.read(folder, 2).orElseThrow();
    assertThat(samples.groups()).hasSize(1);
    assertThat(samples.groups().get(0).images()).hasSize(2);
    BufferedImage first = samples.groups().get(0).images().get(0);
    assertThat(first.getWidth()).isEqualTo(3);
    for (int p = 0; p < 6; p++) {
      int rgb = ((16 * p) << 16) | (p << 8) | (255 - p);
      assertThat(first.getRGB(p % 3, p / 3) & 0xffffff).as("pixel %d", p).isEqualTo(rgb);
    }
  }

  @Test
  void pngs_withoutClassFolders_areOneGroup_andWhatIsNoImageIsRefused() throws IOException {
    ImageIO.write(
        new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB),
        "png",
        folder.resolve("0.png").toFile());
    Files.writeString(folder.resolve("notes.txt"), "no image");
    SampleImages samples = SampleImages.read(folder, 9).orElseThrow();
    assertThat(samples.groups()).extracting(SampleImages.Group::className).containsExactly("all");
    assertThat(samples.groups().get(0).images()).hasSize(1);
    Path broken = Files.writeString(folder.resolve("1.png"), "no image");
    assertThatThrownBy(() -> SampleImages.read(folder, 9))
        .hasMessage(broken + ": no image; expected a PNG file");
  }

  @Test
  void folderName_ofNothing_isAnUnderscore() {
    assertThat(SampleImages.folderName("")).isEqualTo("_");
    assertThat(SampleImages.folderName(".Net")).isEqualTo("_.net");
  }

  @Test
  void samples_nothingThere_areEmpty() {
    assertThat(SampleImages.read(folder, 2)).isEmpty();
    assertThat(SampleImages.read(folder.resolve("none"), 2)).isEmpty();
    assertThat(SampleImages.folderName("a/b c")).isEqualTo("a_b_c");
    assertThat(SampleImages.folderName("..")).isEqualTo("_..");
  }
}
