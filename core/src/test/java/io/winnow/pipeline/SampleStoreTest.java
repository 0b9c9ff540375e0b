package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five samples of two rows and three columns, two to a batch; each value tells where it stands. */
class SampleStoreTest {
  private static final int PIXELS = 6;

  @TempDir Path folder;

  private SampleStore store() {
    return new SampleStore(folder.resolve("parts"), 5, 2, 2, 3);
  }

  /** Sample n has the value 40 n + 6 c + p at pixel p of channel c. */
  private static byte[] planes(long... numbers) {
    byte[] planes = new byte[numbers.length * 3 * PIXELS];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (byte) (40 * numbers[i / (3 * PIXELS)] + i % (3 * PIXELS));
    }
    return planes;
  }

  private SampleStore filled() {
    SampleStore store = store();
    for (int index = 0; index < 3; index++) {
      store.put(index, planes(store.numbers(index)));
    }
    return store;
  }

  @Test
  void batches_countTheSamplesUpToTheLastOne() {
    SampleStore store = store();
    assertThat(store.batches()).isEqualTo(3);
    assertThat(new SampleStore(folder, 4, 2, 2, 3).batches()).isEqualTo(2);
    assertThat(store.numbers(0)).containsExactly(0, 1);
    assertThat(store.numbers(1)).containsExactly(2, 3);
    assertThat(store.numbers(2)).containsExactly(4);
  }

  @Test
  void batch_isThereOnceItIsPut_andReadAsItWas() {
    SampleStore store = store();
    assertThat(store.has(1)).isFalse();
    store.put(1, planes(2, 3));
    assertThat(store.has(1)).isTrue();
    assertThat(store.has(0)).isFalse();
    assertThat(store.get(1)).isEqualTo(planes(2, 3));
    assertThatThrownBy(() -> store.get(0)).hasMessageContaining("batch-000000.bin");
  }

  private static String pixel(Path png, int x, int y) throws IOException {
    return "%06x".formatted(ImageIO.read(png.toFile()).getRGB(x, y) & 0xffffff);
  }

  private Set<String> below(Path target) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.walk(target)) {
      files.forEach(file -> names.add(target.relativize(file).toString()));
    }
    return names;
  }

  @Test
  void pngs_lieInTheFoldersOfTheirClasses_alsoWhereAClassHasNone() throws IOException {
    Path target = folder.resolve("samples");
    filled().writePngs(List.of("cat", "a/b", "none"), new int[] {0, 1, 0, 1, 0}, target);
    assertThat(below(target))
        .containsExactly(
            "",
            "a_b",
            "a_b/000001.png",
            "a_b/000003.png",
            "cat",
            "cat/000000.png",
            "cat/000002.png",
            "cat/000004.png",
            "none");
    // sample 3, second row, third column: 120 + 5 and 6 and 12 more
    assertThat(pixel(target.resolve("a_b/000003.png"), 2, 1)).isEqualTo("7d8389");
    assertThat(pixel(target.resolve("cat/000004.png"), 0, 0)).isEqualTo("a0a6ac");
    assertThat(pixel(target.resolve("cat/000000.png"), 1, 0)).isEqualTo("01070d");
  }

  @Test
  void pngs_withoutClasses_lieInOneFolder() throws IOException {
    Path target = folder.resolve("samples");
    filled().writePngs(target);
    assertThat(below(target))
        .containsExactly("", "000000.png", "000001.png", "000002.png", "000003.png", "000004.png");
    assertThat(pixel(target.resolve("000003.png"), 2, 1)).isEqualTo("7d8389");
  }

  @Test
  void archive_hasRowsByPixelAndChannel_andLabelsWhereThereAreSome() {
    Path labelled = folder.resolve("labelled.npz");
    Path plain = folder.resolve("plain.npz");
    SampleStore store = filled();
    store.writeNpz(new long[] {0, 1, 0, 1, 0}, labelled);
    store.writeNpz(new long[0], plain);
    try (Scope scope = Scope.open();
        Npz with = Npz.open(labelled);
        Npz without = Npz.open(plain)) {
      assertThat(with.tensor("arr_0").shape()).containsExactly(5, 2, 3, 3);
      byte[] all = Tensors.bytes(with.tensor("arr_0"));
      for (int n = 0; n < 5; n++) {
        for (int i = 0; i < 3 * PIXELS; i++) {
          assertThat(all[n * 3 * PIXELS + i]).isEqualTo((byte) (40 * n + 6 * (i % 3) + i / 3));
        }
      }
      assertThat(Tensors.longs(with.tensor("arr_1"))).containsExactly(0, 1, 0, 1, 0);
      assertThat(without.names()).containsExactly("arr_0");
    }
  }
}
