package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.DamagedDataset.Kind;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedDatasetTest {
  private static final int PER_CLASS = 40;
  private static final Damage DAMAGE = new Damage(0.15, 0.2, 50, 0.1, null);

  @TempDir Path folder;

  private final Dataset clean = new ShapesDataset(10 * PER_CLASS, 1);

  private DamagedDataset damaged(Damage damage) {
    return new DamagedDataset(clean, new ShapesDataset(200, 2), "train", damage, 3);
  }

  private static int[] of(DamagedDataset set, Kind kind) {
    return IntStream.range(0, set.size()).filter(i -> set.kind(i) == kind).toArray();
  }

  @Test
  void kinds_haveTheirShareOfEveryClassAndKeepItsSize() {
    DamagedDataset set = damaged(DAMAGE);
    assertThat(set.size()).isEqualTo(10 * PER_CLASS);
    for (int label = 0; label < 10; label++) {
      int own = label;
      Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
      IntStream.range(0, set.size())
          .filter(i -> set.label(i) == own)
          .forEach(i -> kinds.merge(set.kind(i), 1, Integer::sum));
      assertThat(kinds)
          .isEqualTo(
              Map.of(Kind.CLEAN, 22, Kind.OUTLIER, 6, Kind.NEAR_DUPLICATE, 8, Kind.WRONG_LABEL, 4));
    }
    assertThat(IntStream.range(0, set.size()).mapToObj(set::id)).doesNotHaveDuplicates();
    int outlier = of(set, Kind.OUTLIER)[0];
    assertThat(set.id(outlier)).matches("train/[a-z]+/\\d{5}-outlier\\.png");
  }

  @Test
  void images_areThoseThatTheirKindSays() throws Exception {
    DamagedDataset set = damaged(DAMAGE);
    Dataset strange = new ShapesDataset(200, 2);
    for (int i : of(set, Kind.OUTLIER)) {
      assertThat(set.image(i)).isEqualTo(strange.image(indexOf(strange, set.origin(i))));
    }
    for (int i : of(set, Kind.CLEAN)) {
      int at = indexOf(clean, set.origin(i));
      assertThat(clean.label(at)).isEqualTo(set.label(i));
      assertThat(set.image(i)).isEqualTo(clean.image(at));
    }
    for (int i : of(set, Kind.WRONG_LABEL)) {
      int at = indexOf(clean, set.origin(i));
      assertThat(clean.label(at)).isNotEqualTo(set.label(i));
      assertThat(set.image(i)).isEqualTo(clean.image(at));
    }
    assertThat(Arrays.stream(of(set, Kind.WRONG_LABEL)).mapToObj(set::origin))
        .doesNotHaveDuplicates();
  }

  @Test
  void nearDuplicates_areCloseToAFewCleanImagesOfTheClassThatAreThereAndNotTheSame()
      throws Exception {
    DamagedDataset set = damaged(DAMAGE);
    Set<String> kept = new HashSet<>();
    Arrays.stream(of(set, Kind.CLEAN)).forEach(i -> kept.add(set.origin(i)));
    Set<String> originals = new HashSet<>();
    for (int i : of(set, Kind.NEAR_DUPLICATE)) {
      originals.add(set.origin(i));
      assertThat(kept).contains(set.origin(i));
      int at = indexOf(clean, set.origin(i));
      assertThat(clean.label(at)).isEqualTo(set.label(i));
      assertThat(set.image(i)).isNotEqualTo(clean.image(at));
      assertThat(farthest(set.image(i), clean.image(at))).isLessThanOrEqualTo(8);
    }
    assertThat(originals).hasSize(50);
  }

  /** The largest difference in grey levels at the best of the nine shifts, edges left out. */
  private static int farthest(Image a, Image b) {
    int best = 255;
    for (int dy = -1; dy <= 1; dy++) {
      for (int dx = -1; dx <= 1; dx++) {
        int worst = 0;
        for (int y = 1; y < a.height() - 1; y++) {
          for (int x = 3; x < 3 * (a.width() - 1); x++) {
            int one = a.rgb()[y * a.width() * 3 + x] & 0xff;
            int other = b.rgb()[(y + dy) * a.width() * 3 + x + 3 * dx] & 0xff;
            worst = Math.max(worst, Math.abs(one - other));
          }
        }
        best = Math.min(best, worst);
      }
    }
    return best;
  }

  private static int indexOf(Dataset set, String id) {
    return IntStream.range(0, set.size())
        .filter(i -> set.id(i).equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** 40 (5 / 40)^(k / 9), cut off: 40, 31.7, 25.2, ... 5. */
  @Test
  void longTail_fallsExponentiallyInTheOrderOfTheLabels() {
    DamagedDataset set = damaged(new Damage(0, 0, 1, 0, new Damage.LongTail(40, 5)));
    int[] sizes = new int[10];
    IntStream.range(0, set.size()).forEach(i -> sizes[set.label(i)]++);
    assertThat(sizes).containsExactly(40, 31, 25, 20, 15, 12, 10, 7, 6, 5);
    assertThat(of(set, Kind.CLEAN)).hasSize(set.size());
  }

  @Test
  void anotherSeed_damagesOtherImages() {
    DamagedDataset one = damaged(DAMAGE);
    DamagedDataset same = damaged(DAMAGE);
    DamagedDataset other = new DamagedDataset(clean, new ShapesDataset(200, 2), "train", DAMAGE, 4);
    assertThat(of(one, Kind.OUTLIER)).isEqualTo(of(same, Kind.OUTLIER));
    assertThat(of(one, Kind.OUTLIER)).isNotEqualTo(of(other, Kind.OUTLIER));
  }

  @Test
  void damageThatCannotBe_isRefusedSayingWhy() {
    assertThatThrownBy(() -> new Damage(0.5, 0.4, 1, 0.2, null))
        .hasMessageContaining("1.1 together, but must be 1 at most");
    assertThatThrownBy(() -> new Damage(-0.1, 0, 1, 0, null))
        .hasMessageContaining("outliers is -0.1");
    assertThatThrownBy(() -> new Damage.LongTail(5, 6)).hasMessageContaining("from 5 images to 6");
    assertThatThrownBy(() -> new DamagedDataset(clean, null, "train", DAMAGE, 0))
        .hasMessageContaining("no images that they could be");
    assertThatThrownBy(() -> damaged(new Damage(0, 0.9, 100, 0, null)))
        .hasMessageContaining("4 images are left as they are, fewer than the 10");
    assertThatThrownBy(() -> damaged(new Damage(0, 0, 1, 0, new Damage.LongTail(41, 5))))
        .hasMessageContaining("40 images, but the long tail wants 41");
    Dataset oneClass = Datasets.subset(clean, IntStream.range(0, PER_CLASS).toArray());
    assertThatThrownBy(
            () -> new DamagedDataset(oneClass, null, "train", new Damage(0, 0, 1, 0.5, null), 0))
        .hasMessageContaining("more than half of them are of class");
  }

  @Test
  void archive_isReadBackAsTheSameDataSetAndHasTheSameBytesAgain() throws Exception {
    DamagedDataset set = damaged(DAMAGE);
    Path zip = folder.resolve("set.zip");
    ImageArchive.write(zip, List.of(set), "what it is", Progress.SILENT, () -> false);
    byte[] bytes = Files.readAllBytes(zip);
    ImageArchive.write(zip, List.of(damaged(DAMAGE)), "what it is", Progress.SILENT, () -> false);
    assertThat(Files.readAllBytes(zip)).isEqualTo(bytes);
    DatasetConfig config =
        new DatasetConfig(
            DatasetConfig.Type.IMAGE_FOLDER,
            zip.toString(),
            "train",
            0,
            Resize.AVERAGE,
            1 << 20,
            0,
            100);
    try (Dataset read = Datasets.open(config, 0)) {
      assertThat(read.size()).isEqualTo(set.size());
      assertThat(read.classes()).containsExactlyInAnyOrderElementsOf(set.classes());
      for (int i = 0; i < set.size(); i++) {
        int at = indexOf(read, set.id(i));
        assertThat(read.image(at)).isEqualTo(set.image(i));
        assertThat(read.classes().get(read.label(at))).isEqualTo(set.classes().get(set.label(i)));
      }
    }
  }

  @Test
  void archive_interrupted_leavesNothing() {
    Path zip = folder.resolve("set.zip");
    int[] left = {5};
    assertThatThrownBy(
            () ->
                ImageArchive.write(zip, List.of(clean), "", Progress.SILENT, () -> left[0]-- == 0))
        .isInstanceOf(Interrupted.class)
        .hasMessageContaining("nothing was written");
    assertThat(folder).isEmptyDirectory();
  }
}
