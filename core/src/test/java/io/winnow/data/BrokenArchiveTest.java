package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.task.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives with a broken member, or cut short. */
class BrokenArchiveTest {
  private static final int TAR_BLOCK = 512;

  @TempDir Path folder;

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    int seed = 0;
    for (String name : new String[] {"cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png"}) {
      files.put(name, Png.encode(Samples.picture(8, 8, seed++)));
    }
    return files;
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip", "tar"})
  void brokenMember_isQuarantinedByName_andTheOthersAreRead(String kind) throws Exception {
    boolean zip = kind.equals("zip");
    byte[] bytes = zip ? DatasetsTest.zip(files()) : DatasetsTest.tar(files());
    int header = indexOf(bytes, "cat/b.png");
    int data = header + (zip ? "cat/b.png".length() : TAR_BLOCK);
    Arrays.fill(bytes, data, data + 40, (byte) 0xff);
    Path archive = folder.resolve("images." + kind);
    Files.write(archive, bytes);
    try (Dataset dataset = Datasets.open(Samples.folder(archive, ""), 0)) {
      Inventory inventory = Inventory.of(dataset, 2, Progress.SILENT);
      assertThat(inventory.bad()).hasSize(1);
      assertThat(inventory.bad().get(0).id()).isEqualTo("cat/b.png");
      assertThat(inventory.items()).hasSize(3);
      Dataset usable = Datasets.without(dataset, inventory.badIndices());
      assertThat(usable.image(1)).isEqualTo(Samples.picture(8, 8, 2));
    }
  }

  @Test
  void tarCutShort_isRefusedByName() throws Exception {
    byte[] bytes = DatasetsTest.tar(files());
    Path archive = folder.resolve("images.tar");
    int lastData = indexOf(bytes, "dog/b.png") + TAR_BLOCK;
    Files.write(archive, Arrays.copyOf(bytes, lastData + 10));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(archive, ""), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(archive + ": no ZIP and no readable TAR (");
  }
}
