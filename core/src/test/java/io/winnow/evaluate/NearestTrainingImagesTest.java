package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Memorisation.Pair;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.evaluate.NearestTrainingImages.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Samples on a line beside training images at 0, 10, 20, ...; sample i is i / 8 beyond the i-th.
 */
class NearestTrainingImagesTest {
  private static final int SAMPLES = 14;

  @TempDir Path folder;

  /** Pictures of one pixel whose red tells which one it is. */
  private record Pictures(String name, int first, int size, int bad) implements Dataset {
    @Override
    public List<String> classes() {
      return List.of("cat", "dog");
    }

    @Override
    public String id(int i) {
      return name + i;
    }

    @Override
    public int label(int i) {
      return i % 2;
    }

    @Override
    public byte[] encoded(int i) {
      return new byte[] {(byte) (first + i)};
    }

    @Override
    public Image image(int i) throws BadImageException {
      if (i == bad) {
        throw new BadImageException("truncated");
      }
      return new Image(1, 1, new byte[] {(byte) (first + i), 0, 0});
    }

    @Override
    public void close() {}
  }

  private static Features line(String name, int count, double step, boolean labelled) {
    float[][] rows = new float[count][1];
    for (int i = 0; i < count; i++) {
      rows[i][0] = (float) (i * step);
    }
    return Features.of(
        rows,
        IntStream.range(0, count).mapToObj(i -> name + i).toList(),
        IntStream.range(0, count).map(i -> labelled ? i % 2 : -1).toArray(),
        List.of("cat", "dog"),
        new EncoderIdentity("e", "net", "w", "resize", 1));
  }

  private static final Features NEAR = line("s", SAMPLES, 10.125, true);
  private static final Features TRAINING = line("t", SAMPLES, 10, true);

  private int red(String picture) throws IOException {
    return (ImageIO.read(folder.resolve(picture).toFile()).getRGB(0, 0) >> 16) & 0xff;
  }

  @Test
  void closestTwelve_areGivenInOrder_eachWithThePicturesOfItsTwo() throws Exception {
    Memorisation found =
        NearestTrainingImages.measure(
            Images.all(new Pictures("s", 100, SAMPLES, -1), NEAR),
            Images.all(new Pictures("t", 10, SAMPLES, -1), TRAINING),
            null,
            folder);
    assertThat(found.closest()).hasSize(12);
    assertThat(found.heldOut()).isEmpty();
    assertThat(found.trainingImages()).isEqualTo(SAMPLES);
    for (int k = 0; k < 12; k++) {
      String picture = "memorisation/%02d".formatted(k);
      assertThat(found.closest().get(k))
          .isEqualTo(
              new Pair(
                  picture + "-sample.png",
                  picture + "-training.png",
                  "s" + k,
                  "t" + k,
                  k % 2 == 0 ? "cat" : "dog",
                  k / 8.0));
      assertThat(red(found.closest().get(k).samplePng())).isEqualTo(100 + k);
      assertThat(red(found.closest().get(k).trainingPng())).isEqualTo(10 + k);
    }
  }

  /** Of the images at 0, 10, ... a model was given the second, the fourth and so on. */
  @Test
  void coreset_isWhatSamplesAreNearTo_andItsPicturesAreTheDataSets() throws Exception {
    int[] positions = {1, 3, 5, 7, 9, 11, 13};
    Memorisation found =
        NearestTrainingImages.measure(
            Images.all(new Pictures("s", 100, SAMPLES, -1), NEAR).only(new int[] {3}),
            Images.all(new Pictures("t", 10, SAMPLES, -1), TRAINING).only(positions),
            Images.all(null, line("h", 2, 4, true)).only(null),
            folder);
    assertThat(found.samples()).containsExactly(0.375);
    assertThat(found.heldOut()).as("from 0 and 4 to 10").containsExactly(10.0, 6.0);
    assertThat(found.trainingImages()).isEqualTo(7);
    Pair pair = found.closest().get(0);
    assertThat(pair.sampleId()).isEqualTo("s3");
    assertThat(pair.trainingId()).isEqualTo("t3");
    assertThat(pair.className()).isEqualTo("dog");
    assertThat(red(pair.samplePng())).isEqualTo(103);
    assertThat(red(pair.trainingPng())).isEqualTo(13);
  }

  @Test
  void features_withoutImagesOnEitherSide_giveNoPictures_andUnlabelledOnesNoClass() {
    Images pictured = Images.all(new Pictures("s", 100, SAMPLES, -1), NEAR);
    Images alone = Images.all(null, line("t", SAMPLES, 10, false));
    Pair unlabelled = NearestTrainingImages.measure(pictured, alone, null, folder).closest().get(0);
    Pair labelled = NearestTrainingImages.measure(alone, pictured, null, folder).closest().get(0);
    assertThat(unlabelled.className()).isNull();
    assertThat(labelled.className()).isEqualTo("cat");
    assertThat(List.of(unlabelled, labelled))
        .allMatch(pair -> pair.samplePng() == null && pair.trainingPng() == null);
    assertThat(Files.exists(folder.resolve("memorisation"))).isFalse();
  }

  @Test
  void featuresOfTwoEncoders_areRefused() {
    Features other = NEAR.takenFor(new EncoderIdentity("e", "net", "w", "another resize", 1));
    assertThatThrownBy(
            () ->
                NearestTrainingImages.measure(
                    Images.all(null, other), Images.all(null, TRAINING), null, folder))
        .hasMessageContaining("samples")
        .hasMessageContaining("another resize");
  }

  @Test
  void pictureThatCannotBeDecoded_isNamed() {
    assertThatThrownBy(
            () ->
                NearestTrainingImages.measure(
                    Images.all(new Pictures("s", 100, SAMPLES, -1), NEAR),
                    Images.all(new Pictures("t", 10, SAMPLES, 4), TRAINING),
                    null,
                    folder))
        .hasMessageContaining("t t4: truncated");
  }
}
