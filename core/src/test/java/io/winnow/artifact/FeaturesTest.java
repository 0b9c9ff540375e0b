package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeaturesTest {
  private static final EncoderIdentity ENCODER =
      new EncoderIdentity("tiny", "tiny/last", "00", "none", 3);
  private static final List<String> CLASSES = List.of("a", "b");
  private static final String IMAGES = "hash of the images";
  private static final int ROWS = FeatureShards.SHARD_ROWS + 100;

  @TempDir Path folder;

  /** Of another rhythm than shards. */
  private static int label(int row) {
    return row % 5 % 2;
  }

  private static void append(FeatureWriter writer, int until) {
    int count;
    for (int first = (int) writer.rowsWritten(); first < until; first += count) {
      count = Math.min(700, until - first);
      float[] values = new float[count * 3];
      List<String> ids = new ArrayList<>();
      int[] labels = new int[count];
      for (int i = 0; i < count; i++) {
        ids.add("id" + (first + i));
        labels[i] = label(first + i);
        for (int j = 0; j < 3; j++) {
          values[i * 3 + j] = (first + i) * 10 + j;
        }
      }
      try (Scope scope = Scope.open()) {
        writer.append(Tensors.of(values, count, 3), ids, labels);
      }
    }
  }

  @Test
  void features_writtenInShards_areReadBack() {
    FeatureWriter writer = FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    append(writer, ROWS);
    writer.finish();
    try (Features features = FeatureFolder.read(folder);
        Scope scope = Scope.open()) {
      assertThat(features.rows()).isEqualTo(ROWS);
      assertThat(features.ids().get(ROWS - 1)).isEqualTo("id" + (ROWS - 1));
      assertThat(features.labels())
          .containsExactly(IntStream.range(0, ROWS).map(FeaturesTest::label).toArray());
      assertThat(features.classes()).isEqualTo(CLASSES);
      int border = FeatureShards.SHARD_ROWS;
      float b = border * 10f;
      assertThat(Tensors.floats(features.block(border - 1, 2)))
          .containsExactly(b - 10, b - 9, b - 8, b, b + 1, b + 2);
      assertThat(Tensors.floats(features.gather(new int[] {border, 0})))
          .containsExactly(b, b + 1, b + 2, 0, 1, 2);
      assertThatThrownBy(() -> features.block(ROWS - 1, 2)).hasMessageContaining("within " + ROWS);
    }
  }

  @Test
  void features_interruptedAndResumed_giveTheSameBytes() throws IOException {
    Path whole = folder.resolve("whole");
    FeatureWriter writer = FeatureWriter.create(whole, ENCODER, CLASSES, IMAGES);
    append(writer, ROWS);
    writer.finish();
    Path cut = folder.resolve("cut");
    append(FeatureWriter.create(cut, ENCODER, CLASSES, IMAGES), FeatureShards.SHARD_ROWS + 50);
    assertThatThrownBy(() -> FeatureFolder.read(cut)).hasMessageContaining("interruption");
    FeatureWriter resumed = FeatureWriter.resume(cut, ENCODER, CLASSES, IMAGES);
    assertThat(resumed.rowsWritten()).isEqualTo(FeatureShards.SHARD_ROWS);
    append(resumed, ROWS);
    resumed.finish();
    for (String name :
        List.of("features-00000.npy", "features-00001.npy", "index.parquet", "encoder.json")) {
      assertThat(Files.readAllBytes(cut.resolve(name)))
          .as(name)
          .isEqualTo(Files.readAllBytes(whole.resolve(name)));
    }
    assertThat(FeatureFolder.isFinished(cut)).isTrue();
    assertThat(cut.toFile().list()).hasSize(4);
  }

  /** Whole shards of images that were replaced since are not gone on with. */
  @Test
  void features_ofOtherImages_areKnown_andBegunAnew() throws IOException {
    append(FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES), ROWS);
    assertThat(FeatureFolder.areOf(folder, IMAGES)).isTrue();
    assertThat(FeatureFolder.areOf(folder, "other images")).isFalse();
    assertThat(FeatureFolder.areOf(folder.resolve("none"), IMAGES)).isFalse();
    assertThat(FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES).rowsWritten())
        .isEqualTo(FeatureShards.SHARD_ROWS);
    FeatureWriter writer = FeatureWriter.resume(folder, ENCODER, CLASSES, "other images");
    assertThat(writer.rowsWritten()).isZero();
    assertThat(folder.toFile().list()).containsExactly("encoder.json");
    append(writer, 5);
    writer.finish();
    assertThat(FeatureFolder.areOf(folder, "other images")).isTrue();
    Path file = folder.resolve("encoder.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\"images\" : \"[^\"]*\"", "\"images\" : null"));
    assertThat(FeatureFolder.areOf(folder, "other images"))
        .as("a folder that does not say")
        .isFalse();
  }

  @Test
  void features_ofAnotherEncoder_areRefused() {
    EncoderIdentity other = new EncoderIdentity("tiny", "tiny/last", "01", "none", 3);
    FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    assertThatThrownBy(() -> FeatureWriter.resume(folder, other, CLASSES, IMAGES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weights 00")
        .hasMessageContaining("weights 01");
    try (Features features =
        Features.of(new float[][] {{1, 2, 3}}, List.of("x"), new int[] {0}, CLASSES, ENCODER)) {
      assertThatThrownBy(() -> features.requireEncoder(other, "features/tiny"))
          .hasMessageStartingWith("features/tiny: features of tiny");
    }
  }

  @Test
  void features_ofShardsThatAreNotWhole_areBegunAnew() throws IOException {
    append(FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES), FeatureShards.SHARD_ROWS);
    Path shard = folder.resolve("features-00000.npy");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 4));
    assertThat(FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES).rowsWritten()).isZero();
    Files.write(shard, bytes);
    assertThat(FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES).rowsWritten())
        .isEqualTo(FeatureShards.SHARD_ROWS);
    Files.delete(folder.resolve("index-00000.parquet"));
    assertThat(FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES).rowsWritten()).isZero();
  }

  @Test
  void rows_ofAnotherWidthOrNumberThanTheirIds_areRefused() {
    FeatureWriter writer = FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES);
    assertThat(writer.rowsWritten()).isZero();
    try (Scope scope = Scope.open()) {
      Tensor wide = Tensors.of(new float[8], 2, 4);
      assertThatThrownBy(() -> writer.append(wide, List.of("a", "b"), new int[2]))
          .hasMessageStartingWith("features rows: shape [2, 4], expected [2, 3]");
      Tensor many = Tensors.of(new float[9], 3, 3);
      assertThatThrownBy(() -> writer.append(many, List.of("a", "b"), new int[2]))
          .hasMessageStartingWith("features rows: shape [3, 3], expected [2, 3]");
    }
  }

  /** As where an interruption came between the last shard and the index. */
  @Test
  void features_ofAShortShard_areBegunAnew() {
    FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    FeatureShards.writePart(folder, 0, 0, List.of("id0"), List.of(1));
    FeatureShards.writeShard(folder.resolve("features-00000.npy"), new float[] {1, 2, 3}, 1, 3);
    assertThat(FeatureWriter.resume(folder, ENCODER, CLASSES, IMAGES).rowsWritten()).isZero();
  }

  @Test
  void features_ofFilesThatDoNotFit_areRefused() throws IOException {
    Path other = folder.resolve("other");
    for (Path one : List.of(folder, other)) {
      FeatureWriter writer = FeatureWriter.create(one, ENCODER, CLASSES, IMAGES);
      append(writer, one.equals(other) ? 9 : 10);
      writer.finish();
    }
    Path shard = folder.resolve("features-00000.npy");
    FeatureShards.writeShard(shard, new float[40], 10, 4);
    assertThatThrownBy(() -> FeatureFolder.read(folder))
        .hasMessage(
            shard + ": 10 x 4 values; expected 10 x 3. Delete its folder and encode again.");
    Files.copy(other.resolve("features-00000.npy"), shard, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> FeatureFolder.read(folder))
        .hasMessageContaining("9 x 3 values; expected 10 x 3");
    Path index = folder.resolve("index.parquet");
    Files.copy(other.resolve("index.parquet"), index, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> FeatureFolder.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(index + ": 9 rows; expected 10. Delete the folder and encode again.");
  }

  @Test
  void features_ofNoImage_areAFolderAllTheSame() {
    FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES).finish();
    try (Features features = FeatureFolder.read(folder);
        Scope scope = Scope.open()) {
      assertThat(features.rows()).isZero();
      assertThat(features.ids()).isEmpty();
      assertThat(features.block(0, 0).shape()).containsExactly(0, 3);
    }
  }

  @Test
  void features_begunAnew_leaveNothingOfBefore_andNothingElseGoes() throws IOException {
    FeatureWriter writer = FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    append(writer, 5);
    writer.finish();
    for (String name : List.of("index-notes.txt", "features-old.txt", "notes.npy")) {
      Files.writeString(folder.resolve(name), "mine");
    }
    assertThatThrownBy(() -> FeatureWriter.resume(folder, ENCODER, List.of("c"), IMAGES))
        .hasMessageContaining("over 2 classes; expected")
        .hasMessageContaining("over 1. Delete the folder");
    FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            "encoder.json", "index-notes.txt", "features-old.txt", "notes.npy");
    assertThat(FeatureFolder.isFinished(folder)).isFalse();
    assertThat(FeatureFolder.isFinished(folder.resolve("none"))).isFalse();
  }

  private static Features three() {
    return Features.of(
        new float[][] {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
        List.of("x", "y", "z"),
        new int[] {0, 1, 0},
        CLASSES,
        ENCODER);
  }

  @Test
  void features_inMemory_areReadByBlockAndByPosition_insideTheirRows() {
    try (Features features = three();
        Scope scope = Scope.open()) {
      assertThat(Tensors.floats(features.block(1, 2))).containsExactly(4, 5, 6, 7, 8, 9);
      assertThat(Tensors.floats(features.gather(new int[] {2, 0})))
          .containsExactly(7, 8, 9, 1, 2, 3);
      assertThat(features.block(3, 0).numel()).isZero();
      features.requireEncoder(ENCODER, "here");
      assertThatThrownBy(() -> features.block(-1, 1))
          .hasMessageContaining("rows -1 to 0 asked for");
      assertThatThrownBy(() -> features.block(1, -1)).hasMessageContaining("rows 1 to 0 asked for");
      assertThatThrownBy(() -> features.block(2, 2)).hasMessageContaining("rows 2 to 4 asked for");
      for (int position : new int[] {-1, 3}) {
        assertThatThrownBy(() -> features.gather(new int[] {position}))
            .hasMessage("features: row " + position + " asked for; expected 0 to 2");
      }
    }
  }

  @Test
  void features_ofUnevenParts_areRefused() {
    float[][] rows = {{1, 2, 3}};
    int[] one = {0};
    assertThatThrownBy(() -> Features.of(rows, List.of(), one, CLASSES, ENCODER))
        .hasMessageStartingWith("features: 1 rows, 0 ids and 1 labels");
    assertThatThrownBy(() -> Features.of(rows, List.of("x"), new int[0], CLASSES, ENCODER))
        .hasMessageStartingWith("features: 1 rows, 1 ids and 0 labels");
    assertThatThrownBy(
            () -> Features.of(new float[][] {{1, 2}}, List.of("x"), one, CLASSES, ENCODER))
        .hasMessage("features row 0 (x): 2 values; expected 3");
  }

  @Test
  void features_truncatedOrMissingShard_isRefused() throws IOException {
    FeatureWriter writer = FeatureWriter.create(folder, ENCODER, CLASSES, IMAGES);
    append(writer, 10);
    writer.finish();
    Path shard = folder.resolve("features-00000.npy");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 4));
    assertThatThrownBy(() -> FeatureFolder.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features-00000.npy")
        .hasMessageContaining("encode again");
    Files.delete(shard);
    assertThatThrownBy(() -> FeatureFolder.read(folder)).hasMessageContaining("no such file");
    assertThatThrownBy(() -> FeatureFolder.read(folder.resolve("none")))
        .hasMessageContaining("no encoder.json");
  }
}
