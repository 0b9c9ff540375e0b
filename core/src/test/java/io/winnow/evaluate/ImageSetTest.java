package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.files.AtomicFile;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetTest {
  private static final ImageDraw ALL = new ImageDraw("", 0, 0, 0);

  @TempDir Path folder;

  private void image(String name, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    rgb[0] = (byte) name.hashCode();
    Png.write(new Image(width, height, rgb), folder.resolve(name));
  }

  private void broken(String name) {
    AtomicFile.writeString(folder.resolve(name), "no picture");
  }

  private ImageSet open(String name) {
    return ImageSet.open(folder.resolve(name), ALL, List.of(), Progress.SILENT);
  }

  @Test
  void imagesThatCannotBeDecoded_areLeftOut_counted_andTheFirstThreeNamed() {
    image("a/0.png", 2, 2);
    image("a/1.png", 2, 2);
    broken("a/2.png");
    try (ImageSet one = open("a")) {
      assertThat(one.size()).isEqualTo(2);
      assertThat(one.images().size()).isEqualTo(2);
      assertThat(one.bad()).isEqualTo(1);
      assertThat(one.name()).isEqualTo(folder.resolve("a").toString());
      assertThat(one.notes())
          .singleElement()
          .asString()
          .startsWith("1 of 3 images cannot be decoded and are left out. 2.png: ")
          .doesNotContain(";");
    }
    broken("a/3.png");
    broken("a/4.png");
    try (ImageSet three = open("a")) {
      assertThat(three.notes().get(0))
          .startsWith("3 of 5 images")
          .containsSubsequence("2.png: ", "; 3.png: ", "; 4.png: ")
          .doesNotEndWith("; ...");
    }
    broken("a/5.png");
    try (ImageSet four = open("a")) {
      assertThat(four.notes().get(0)).endsWith("; ...").doesNotContain("5.png");
    }
  }

  @Test
  void setWithoutAnImage_isRefused_andSaysWhatIsThere() {
    broken("broken/0.png");
    broken("broken/1.png");
    assertThatThrownBy(() -> open("broken"))
        .hasMessageContaining("broken: none of 2 images can be decoded. 0.png: ")
        .hasMessageContaining("; 1.png: ");
    image("some/0.png", 2, 2);
    ImageDraw half = new ImageDraw("", 1, 0, 0);
    ImageDraw other = new ImageDraw("", 2, 0, 0);
    List<String> refusals = new ArrayList<>();
    for (ImageDraw draw : List.of(half, other)) {
      try (ImageSet set = ImageSet.open(folder.resolve("some"), draw, List.of(), Progress.SILENT)) {
        assertThat(set.size()).isEqualTo(1);
      } catch (IllegalArgumentException e) {
        refusals.add(e.getMessage());
      }
    }
    assertThat(refusals)
        .as("one image is in one half alone")
        .singleElement()
        .asString()
        .contains("some: no image; expected files named .jpg, .png");
  }

  @Test
  void foldersNamedAsSplits_areNoClasses_unlessThereIsOne() {
    image("both/train/0.png", 2, 2);
    image("both/test/0.png", 2, 2);
    assertThatThrownBy(() -> open("both"))
        .hasMessageContaining("both: the folders test, train are splits and no classes");
    image("one/train/0.png", 2, 2);
    try (ImageSet set = open("one")) {
      assertThat(set.images().classes()).containsExactly("train");
    }
    try (ImageSet set =
        ImageSet.open(
            folder.resolve("both"), new ImageDraw("test", 0, 0, 0), List.of(), Progress.SILENT)) {
      assertThat(set.size()).isEqualTo(1);
      assertThat(set.name()).isEqualTo(folder.resolve("both") + " (split test)");
    }
  }

  @Test
  void pixels_areOneSize_orTheRange() {
    image("a/0.png", 4, 3);
    try (ImageSet set = open("a")) {
      assertThat(set.pixels()).isEqualTo("4 x 3");
    }
    image("a/1.png", 2, 5);
    try (ImageSet set = open("a")) {
      assertThat(set.pixels()).isEqualTo("2 x 3 to 4 x 5");
    }
  }

  /** {@link CornerEncoder} looks at 2 x 2 pixels. */
  @Test
  void imagesSmallerThanTheEncodersInput_areCounted() {
    image("a/0.png", 2, 2);
    image("a/1.png", 3, 2);
    try (ImageSet set = open("a")) {
      assertThat(set.enlargedBy(new CornerEncoder("e"))).isEmpty();
    }
    image("a/2.png", 1, 4);
    image("a/3.png", 4, 1);
    try (ImageSet set = open("a")) {
      assertThat(set.enlargedBy(new CornerEncoder("e")))
          .contains(
              "2 of 4 images are smaller than the 2 x 2 pixels that e looks at, and are enlarged.");
    }
  }

  /** What was done to the images stands in the facts, beside every number and in the warnings. */
  @Test
  void notes_standBesideTheNumbers_ofEitherSide() throws Exception {
    for (int i = 0; i < 4; i++) {
      image("own/" + i + ".png", 2, 2);
      image("theirs/" + i + ".png", 2, 2);
    }
    BufferedImage grey = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
    ImageIO.write(grey, "png", folder.resolve("own/4.png").toFile());
    broken("theirs/5.png");
    image("theirs/6.png", 5, 1);
    Evaluation.Outcome outcome;
    try (Side own = Sides.open(folder.resolve("own"), ALL, List.of(), Progress.SILENT);
        Side theirs = Sides.open(folder.resolve("theirs"), ALL, List.of(), Progress.SILENT);
        Side held = Sides.open(folder.resolve("theirs"), ALL, List.of(), Progress.SILENT)) {
      outcome =
          Evaluation.run(
              new EvaluationSettings(
                  name -> () -> new CornerEncoder(name),
                  "e",
                  null,
                  4,
                  folder.resolve("work"),
                  folder.resolve("pictures"),
                  0,
                  "float32",
                  Progress.SILENT,
                  () -> false),
              EvaluationRequest.of(own, theirs, List.of(MetricKind.FD)).withHeldOut(held));
    }
    String greyscale = "1 of 5 files are greyscale, tripled to RGB";
    assertThat(outcome.samples().notes()).containsExactly(greyscale);
    assertThat(outcome.samples().n()).isEqualTo(5);
    assertThat(outcome.reference().notes())
        .singleElement()
        .asString()
        .startsWith("1 of 6 images cannot be decoded");
    assertThat(outcome.metrics().get(0).c().notes())
        .contains("samples: " + greyscale, "reference: " + outcome.reference().notes().get(0));
    assertThat(outcome.warnings())
        .contains(
            "reference: 1 of 5 images are smaller than the 2 x 2 pixels that e looks at, and are"
                + " enlarged.",
            "5 of 5 held-out images are files of the reference, byte by byte.");
    assertThat(outcome.heldOut()).isEqualTo(outcome.reference());
  }

  /** Pixels of a sample batch are no files, of which a stored form could be told. */
  @Test
  void sampleBatch_hasClassesByNumberOrByName_andNoFiles() {
    Path file = folder.resolve("batch.npz");
    try (Scope scope = Scope.open()) {
      Tensor pixels = Tensor.create(new byte[2 * 2 * 2 * 3], 2L, 2L, 2L, 3L).to(ScalarType.Byte);
      Npz.write(file, Map.of("arr_0", pixels, "arr_1", Tensors.of(new long[] {1, 0}, 2)));
    }
    try (ImageSet numbered = open("batch.npz");
        ImageSet named = ImageSet.open(file, ALL, List.of("cat", "dog"), Progress.SILENT)) {
      assertThat(numbered.images().classes()).containsExactly("0", "1");
      assertThat(named.images().classes()).containsExactly("cat", "dog");
      assertThat(named.images().label(0)).isEqualTo(1);
      assertThat(named.notes()).isEmpty();
      assertThat(named.copiesIn(numbered)).isEqualTo(2);
    }
  }
}
