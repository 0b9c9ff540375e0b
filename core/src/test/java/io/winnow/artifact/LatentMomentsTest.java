package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.LatentMoments.Index;
import io.winnow.artifact.LatentMoments.Storage;
import io.winnow.files.ContentHash;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatentMomentsTest {
  private static final int COUNT = 600; // three files
  private static final int ROW = 2 * 2 * 2;

  @TempDir Path home;
  private final List<Integer> asked = new ArrayList<>();

  private static Index index(String vae, Storage storage) {
    return new Index(vae, 0.5, "images", COUNT, 1, 1, 2, true, storage);
  }

  /** Image i has the values 8 i and on. */
  private Tensor moments(int first, int n) {
    asked.add(first);
    float[] values = new float[n * ROW];
    for (int i = 0; i < values.length; i++) {
      values[i] = first * ROW + i;
    }
    return Tensors.of(values, n, 2, 2, 1, 1, 2);
  }

  private void write(String name, Index index, BooleanSupplier stop) {
    LatentMoments.write(home.resolve(name), index, 100, this::moments, Progress.SILENT, stop);
  }

  @Test
  void rows_areGatheredByPosition_overAllFiles_inTheirOrder() {
    write("a", index("v", Storage.FLOAT32), () -> false);
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(home.resolve("a"))) {
      Tensor rows = moments.gather(new int[] {599, 0, 256, 255, 0});
      assertThat(rows.shape()).containsExactly(5, 2, 2, 1, 1, 2);
      float[] values = Tensors.floats(rows);
      int[] images = {599, 0, 256, 255, 0};
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isEqualTo(images[i / ROW] * ROW + i % ROW);
      }
    }
  }

  @Test
  void interrupted_goesOnWithTheFirstMissingFile_toTheSameBytes() {
    write("whole", index("v", Storage.FLOAT32), () -> false);
    asked.clear();
    int[] left = {5};
    assertThatThrownBy(() -> write("cut", index("v", Storage.FLOAT32), () -> left[0]-- == 0))
        .isInstanceOf(Interrupted.class);
    assertThat(asked).containsExactly(0, 100, 200, 256, 356);
    assertThatThrownBy(() -> LatentMoments.open(home.resolve("cut")))
        .hasMessageContaining("moments-00001.npy");
    asked.clear();
    write("cut", index("v", Storage.FLOAT32), () -> false);
    assertThat(asked).containsExactly(256, 356, 456, 512);
    assertThat(ContentHash.of(home.resolve("cut")))
        .isEqualTo(ContentHash.of(home.resolve("whole")));
    asked.clear();
    write("cut", index("v", Storage.FLOAT32), () -> true);
    assertThat(asked).isEmpty();
  }

  @Test
  void latentsOfAnotherAutoencoder_areMadeAnew_andThatIsSaid() {
    write("a", index("v", Storage.FLOAT32), () -> false);
    asked.clear();
    HeardProgress heard = new HeardProgress();
    LatentMoments.write(
        home.resolve("a"), index("w", Storage.FLOAT32), 600, this::moments, heard, () -> false);
    assertThat(asked).containsExactly(0, 256, 512);
    assertThat(heard.lines())
        .contains("note latents: " + home.resolve("a") + " is of another VAE; encoding again");
    try (LatentMoments moments = LatentMoments.open(home.resolve("a"))) {
      assertThat(moments.index().vae()).isEqualTo("w");
    }
  }

  @Test
  void latents_ofAnotherAutoencoderOrOfOtherImages_areRefused() {
    write("a", index("v", Storage.FLOAT32), () -> false);
    try (LatentMoments moments = LatentMoments.open(home.resolve("a"))) {
      moments.require("v", "images");
      String where = home.resolve("a") + ": latents of ";
      assertThatThrownBy(() -> moments.require("w", "images"))
          .hasMessageStartingWith(where + "another autoencoder; expected those of this run");
      assertThatThrownBy(() -> moments.require("v", "others"))
          .hasMessageStartingWith(where + "other images, or of another size; expected");
    }
  }

  @Test
  void write_tellsHowManyImagesAreDone_thoseOfBeforeAmongThem() throws IOException {
    write("a", index("v", Storage.FLOAT32), () -> false);
    Files.delete(home.resolve("a/moments-00002.npy"));
    HeardProgress heard = new HeardProgress();
    LatentMoments.write(
        home.resolve("a"), index("v", Storage.FLOAT32), 50, this::moments, heard, () -> false);
    assertThat(heard.lines())
        .containsExactly("begin latents 600 images, 512 done", "562", "600", "end");
    Files.delete(home.resolve("a/moments-00001.npy"));
    asked.clear();
    write("a", index("v", Storage.FLOAT32), () -> false);
    assertThat(asked).as("the file between two").containsExactly(256, 356, 456);
  }

  @Test
  void wholeFiles_haveNoneBehindThem_andWholeBatchesNoEmptyOne() {
    Index whole = new Index("v", 0.5, "images", 256, 1, 1, 2, true, Storage.FLOAT32);
    LatentMoments.write(home.resolve("a"), whole, 128, this::moments, Progress.SILENT, () -> false);
    assertThat(asked).containsExactly(0, 128);
    assertThat(home.resolve("a").toFile().list())
        .containsExactlyInAnyOrder("latents.json", "moments-00000.npy");
  }

  @Test
  void index_withoutMirrorImages_hasOneView() {
    Index plain = new Index("v", 0.5, "images", 3, 4, 5, 6, false, Storage.FLOAT32);
    assertThat(plain.rowValues()).isEqualTo(2 * 4 * 5 * 6);
    assertThat(plain.shape(3)).containsExactly(3, 1, 2, 4, 5, 6);
  }

  @Test
  void halves_takeHalfTheSize() throws IOException {
    write("a", index("v", Storage.FLOAT32), () -> false);
    write("b", index("v", Storage.FLOAT16), () -> false);
    long whole = Files.size(home.resolve("a/moments-00000.npy")) - 128;
    assertThat(Files.size(home.resolve("b/moments-00000.npy")) - 128).isEqualTo(whole / 2);
    try (Scope scope = Scope.open();
        LatentMoments moments = LatentMoments.open(home.resolve("b"))) {
      assertThat(Tensors.floats(moments.gather(new int[] {3})))
          .containsExactly(24, 25, 26, 27, 28, 29, 30, 31);
    }
  }

  @Test
  void whatIsNotThere_orNotFinite_isRefused() throws IOException {
    assertThatThrownBy(() -> LatentMoments.open(home.resolve("none")))
        .hasMessageEndingWith("expected a folder of latents. Encode the images first.");
    assertThatThrownBy(
            () ->
                LatentMoments.write(
                    home.resolve("nan"),
                    index("v", Storage.FLOAT32),
                    300,
                    (first, n) -> moments(first, n).div_(moments(first, n).sub_(four(n))),
                    Progress.SILENT,
                    () -> false))
        .hasMessageStartingWith(
            "latents: image 0 has a latent with a value that is NaN or infinite");
    assertThatThrownBy(
            () ->
                LatentMoments.write(
                    home.resolve("late"),
                    index("v", Storage.FLOAT32),
                    100,
                    (first, n) -> {
                      Tensor moments = moments(first, n);
                      if (first == 256) {
                        moments.select(0, 3).fill_(new Scalar(Double.NaN));
                      }
                      return moments;
                    },
                    Progress.SILENT,
                    () -> false))
        .hasMessageStartingWith("latents: image 259 has");
    write("short", index("v", Storage.FLOAT32), () -> false);
    Files.copy(
        home.resolve("short/moments-00002.npy"),
        home.resolve("short/moments-00001.npy"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> LatentMoments.open(home.resolve("short")))
        .hasMessageContaining("moments-00001.npy: 88 x 8 values; expected 256 x 8.");
    try (Scope scope = Scope.open()) {
      Npy.write(home.resolve("short/moments-00001.npy"), Tensors.of(new float[256 * 9], 256, 9));
    }
    assertThatThrownBy(() -> LatentMoments.open(home.resolve("short")))
        .hasMessageContaining("moments-00001.npy: 256 x 9 values; expected 256 x 8.");
  }

  private static Tensor four(int n) {
    float[] values = new float[n * ROW];
    values[4] = 4;
    return Tensors.of(values, n, 2, 2, 1, 1, 2);
  }
}
