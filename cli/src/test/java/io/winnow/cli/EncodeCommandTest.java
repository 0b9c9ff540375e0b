package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.data.Png;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeCommandTest {
  @TempDir Path folder;

  private CliRun encode(String... more) {
    SmallSets.folder(folder.resolve("set"), 1, 5, "cat", "dog");
    return encodeSet(more);
  }

  /** Encodes the set as it lies there. */
  private CliRun encodeSet(String... more) {
    Path weights = SmallSets.weights(folder.resolve("w.safetensors"), 20);
    Path set = folder.resolve("set");
    String[] args = {
      "encode",
      set.toString(),
      "--encoder",
      "resnet20-cifar",
      "--weights",
      weights.toString(),
      "--out",
      folder.resolve("features").toString(),
      "--batch",
      "4"
    };
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return CliRun.of(all);
  }

  @Test
  void features_ofEveryImage_areWritten_withTheirIdentity() throws Exception {
    CliRun run = encode("--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(new ObjectMapper().readTree(run.out()).get("images").asInt()).isEqualTo(10);
    assertThat(run.err()).contains("images/s");
    try (Features features = FeatureFolder.read(folder.resolve("features"))) {
      assertThat(features.rows()).isEqualTo(10);
      assertThat(features.dimension()).isEqualTo(64);
      assertThat(features.classes()).containsExactly("cat", "dog");
    }
  }

  private float[] rows() {
    try (Features features = FeatureFolder.read(folder.resolve("features"));
        Scope scope = Scope.open()) {
      return Tensors.floats(features.block(0, (int) features.rows()));
    }
  }

  /** The same names and the same number, but the first cat is another one. */
  @Test
  void imageReplacedUnderItsName_isEncodedAgain_andTheUserHearsOfIt() throws Exception {
    assertThat(encode().code()).isZero();
    float[] before = rows();
    CliRun same = encode();
    assertThat(same.err()).doesNotContain("other images").doesNotContain("encode");
    assertThat(rows()).isEqualTo(before);
    Png.write(SmallSets.picture(9, 1, 0, 32), folder.resolve("other.png"));
    Files.copy(
        folder.resolve("other.png"),
        folder.resolve("set/cat/00.png"),
        StandardCopyOption.REPLACE_EXISTING);
    CliRun replaced = encodeSet();
    assertThat(replaced.code()).as(replaced.err()).isZero();
    assertThat(replaced.err()).contains("has features of other images; encoding these anew");
    float[] after = rows();
    assertThat(Arrays.copyOf(after, 64)).isNotEqualTo(Arrays.copyOf(before, 64));
    assertThat(Arrays.copyOfRange(after, 64, 640))
        .containsExactly(Arrays.copyOfRange(before, 64, 640), within(1e-5f));
    try (Features features = FeatureFolder.read(folder.resolve("features"))) {
      assertThat(features.ids()).hasSize(10).first().isEqualTo("cat/00.png");
    }
  }

  @Test
  void limit_keepsTheSharesOfTheClasses() {
    CliRun run = encode("--limit", "4");
    assertThat(run.code()).as(run.err()).isZero();
    try (Features features = FeatureFolder.read(folder.resolve("features"))) {
      assertThat(features.labels()).containsExactly(0, 0, 1, 1);
    }
  }

  @Test
  void imagesSmallerThanTheInput_areCounted() {
    Png.write(SmallSets.picture(1, 0, 0, 8), folder.resolve("set/cat/small.png"));
    CliRun run = encode();
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("1 of 11 images are smaller than the 32 x 32 pixels");
  }

  @Test
  void unknownEncoder_isTheUsersMistake_andTheNamesAreListed() {
    CliRun run = CliRun.of("encode", "x", "--encoder", "vgg", "--weights", "w", "--out", "o");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("--encoder vgg: unknown").contains("resnet20-cifar");
  }
}
