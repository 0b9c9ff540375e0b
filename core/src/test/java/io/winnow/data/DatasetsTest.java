package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {
  @TempDir Path folder;

  private static Map<String, byte[]> files(Path folder) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (FileStore store = FileStores.open(folder)) {
      store.paths().forEach(path -> files.put(path, store.read(path)));
    }
    return files;
  }

  static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return bytes.toByteArray();
  }

  static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey(), true);
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip", "tar", "tar.gz"})
  void archive_ofAFolder_isTheSameDataSet(String kind) throws Exception {
    Path plain = Samples.twoClasses(folder.resolve("plain"));
    Map<String, byte[]> files = files(plain);
    Path archive = folder.resolve("images." + kind);
    Files.write(
        archive,
        switch (kind) {
          case "zip" -> zip(files);
          case "tar" -> tar(files);
          default -> gzip(tar(files));
        });
    try (Dataset a = Datasets.open(Samples.folder(plain, "train"), 0);
        Dataset b = Datasets.open(Samples.folder(archive, "train"), 0)) {
      assertThat(a.classes()).containsExactly("cat", "dog").isEqualTo(b.classes());
      assertThat(a.size()).isEqualTo(b.size()).isEqualTo(4);
      for (int i = 0; i < 4; i++) {
        assertThat(b.id(i)).isEqualTo(a.id(i));
        assertThat(b.label(i)).isEqualTo(a.label(i)).isEqualTo(i / 2);
        assertThat(b.encoded(i)).isEqualTo(a.encoded(i));
        assertThat(b.image(i)).isEqualTo(Samples.picture(8, 8, i));
      }
    }
  }

  @Test
  void split_isTheFolderOfItsName_alsoInsideAWrapper() {
    Samples.twoClasses(folder.resolve("set/train"));
    Png.write(Samples.picture(8, 8, 9), folder.resolve("set/test/cat/x.png"));
    Png.write(Samples.picture(8, 8, 9), folder.resolve("set/test/dog/x.png"));
    for (Path path : List.of(folder, folder.resolve("set"))) {
      try (Dataset train = Datasets.open(Samples.folder(path, "train"), 0);
          Dataset test = Datasets.open(Samples.folder(path, "test"), 0)) {
        assertThat(train.size()).isEqualTo(4);
        assertThat(test.size()).isEqualTo(2);
        assertThat(test.classes()).containsExactly("cat", "dog");
        assertThat(test.id(0)).endsWith("test/cat/x.png");
      }
    }
  }

  @Test
  void split_thatIsNotThere_namesThoseThatAre() {
    Samples.twoClasses(folder.resolve("train"));
    Samples.twoClasses(folder.resolve("test"));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder, "val"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no folder named val (dataset.split); there is [test, train]");
  }

  @Test
  void path_missing_isSaid() {
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder.resolve("nowhere"), "train"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere does not exist. Name a folder, ZIP or TAR");
  }

  @Test
  void images_withoutClassFolders_areRefusedForTraining_butOpenAsPictures() {
    Png.write(Samples.picture(8, 8, 0), folder.resolve("a.png"));
    Png.write(Samples.picture(8, 8, 1), folder.resolve("b.png"));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder, "train"), 0))
        .hasMessageContaining("2 images but no classes; expected one folder per class");
    try (Dataset pictures = Datasets.pictures(folder, "", 100)) {
      assertThat(pictures.size()).isEqualTo(2);
      assertThat(pictures.classes()).isEmpty();
      assertThat(pictures.label(1)).isEqualTo(-1);
    }
  }

  @Test
  void images_besideClassFolders_areNamed() {
    Samples.twoClasses(folder);
    Png.write(Samples.picture(8, 8, 0), folder.resolve("stray.png"));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder, "train"), 0))
        .hasMessageContaining("stray.png beside them");
  }

  @Test
  void oneImage_orNone_isTooFew() throws Exception {
    Samples.write(folder.resolve("cat/readme.txt"), new byte[] {1});
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder, "train"), 0))
        .hasMessageContaining("no image; at least 2 images are needed");
    Png.write(Samples.picture(8, 8, 0), folder.resolve("cat/a.png"));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(folder, "train"), 0))
        .hasMessageContaining("one image; at least 2 images are needed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil.png", "cat/../../evil.png", "/etc/evil.png", "C:\\evil.png"})
  void archive_withAPathThatLeadsOut_isRefused(String path) throws Exception {
    Map<String, byte[]> files = Map.of(path, Png.encode(Samples.picture(2, 2, 0)));
    Files.write(folder.resolve("a.zip"), zip(files));
    Files.write(folder.resolve("a.tar"), tar(files));
    for (String archive : List.of("a.zip", "a.tar")) {
      assertThatThrownBy(() -> Datasets.open(Samples.folder(folder.resolve(archive), ""), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("leads out of the archive");
    }
  }

  @Test
  void file_thatIsNoArchive_isRefused() throws Exception {
    Path file = folder.resolve("notes.txt");
    Files.write(file, "no archive".repeat(100).getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Datasets.open(Samples.folder(file, "train"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Name a folder, ZIP or TAR");
  }

  @Test
  void subset_andWithout_keepIdsLabelsAndPictures() throws Exception {
    Samples.twoClasses(folder);
    try (Dataset all = Datasets.open(Samples.folder(folder, "train"), 0)) {
      Dataset rest = Datasets.without(all, Set.of(0, 2));
      assertThat(rest.size()).isEqualTo(2);
      assertThat(rest.id(0)).isEqualTo("cat/b.png");
      assertThat(rest.label(1)).isEqualTo(1);
      assertThat(rest.image(1)).isEqualTo(Samples.picture(8, 8, 3));
      assertThat(rest.encoded(1)).isEqualTo(all.encoded(3));
      assertThat(rest.classes()).containsExactly("cat", "dog");
      assertThat(Datasets.without(all, Set.of())).isSameAs(all);
      assertThatThrownBy(() -> Datasets.subset(all, new int[] {4}))
          .hasMessageContaining("index 4 of a subset, expected 0 to 3");
    }
  }

  @Test
  void zip_readByManyThreadsAtOnce_givesEveryFileWhole() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 2000; i++) {
      files.put("a/%04d.png".formatted(i), ("content of " + i).getBytes(StandardCharsets.UTF_8));
    }
    Samples.write(folder.resolve("many.zip"), zip(files));
    try (FileStore store = FileStores.open(folder.resolve("many.zip"))) {
      List<String> wrong =
          store.paths().parallelStream()
              .filter(path -> !java.util.Arrays.equals(store.read(path), files.get(path)))
              .toList();
      assertThat(store.paths()).hasSize(2000);
      assertThat(wrong).isEmpty();
    }
  }

  @Test
  void resized_view_bringsEveryImageToTheSide() throws Exception {
    Path classes = Samples.twoClasses(folder.resolve("d"));
    try (Dataset dataset = Datasets.open(Samples.folder(classes, ""), 0);
        Dataset small = Datasets.resized(dataset, 4, Resize.PILLOW_BICUBIC)) {
      assertThat(Datasets.resized(dataset, 0, Resize.AVERAGE)).isSameAs(dataset);
      assertThat(small.image(0).width()).isEqualTo(4);
      assertThat(small.image(0).height()).isEqualTo(4);
      assertThat(small.classes()).isEqualTo(dataset.classes());
      for (int i = 0; i < 4; i++) {
        assertThat(small.id(i)).isEqualTo(dataset.id(i));
        assertThat(small.label(i)).isEqualTo(i / 2);
        assertThat(small.encoded(i)).isEqualTo(dataset.encoded(i));
      }
    }
  }

  @Test
  void folder_writtenInAnyOrder_isReadInTheOrderOfItsPaths() throws Exception {
    for (String file : List.of("dog/b.png", "ant/z.png", "dog/a.png", "ant/B.png", "cow/1.png")) {
      Png.write(Samples.picture(4, 4, file.charAt(4)), folder.resolve(file));
    }
    Samples.write(folder.resolve("ant/notes.txt"), new byte[] {1});
    Samples.write(folder.resolve("ant/._z.png"), new byte[] {1});
    Path archive = folder.resolve("../ordered.tar");
    Map<String, byte[]> turned = new LinkedHashMap<>();
    new TreeMap<>(files(folder)).descendingMap().forEach(turned::put);
    Files.write(archive, tar(turned));
    for (Path path : List.of(folder, archive)) {
      try (Dataset dataset = Datasets.open(Samples.folder(path, ""), 0)) {
        assertThat(dataset.classes()).containsExactly("ant", "cow", "dog");
        List<String> ids = IntStream.range(0, 5).mapToObj(dataset::id).toList();
        assertThat(ids)
            .containsExactly("ant/B.png", "ant/z.png", "cow/1.png", "dog/a.png", "dog/b.png");
        assertThat(IntStream.range(0, 5).map(dataset::label)).containsExactly(0, 0, 1, 2, 2);
        for (int i = 0; i < 5; i++) {
          assertThat(dataset.image(i)).isEqualTo(Samples.picture(4, 4, ids.get(i).charAt(4)));
        }
      }
    }
    Files.delete(archive);
  }

  @Test
  void image_largerThanTheLimit_isBad() {
    Samples.twoClasses(folder);
    try (Dataset small = Datasets.pictures(folder, "", 63)) {
      assertThatThrownBy(() -> small.image(0))
          .isInstanceOf(BadImageException.class)
          .hasMessageContaining("8 x 8 pixels, at most 63");
    }
  }
}
