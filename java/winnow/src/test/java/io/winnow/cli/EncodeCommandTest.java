package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.artifact.Features;
import io.winnow.data.Png;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeCommandTest {
  @TempDir Path folder;

  private CliRun encode(String... more) {
    Path weights = SmallSets.weights(folder.resolve("w.safetensors"), 20);
    Path set = SmallSets.folder(folder.resolve("set"), 1, 5, "cat", "dog");
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
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return CliRun.of(all);
  }

  @Test
  void features_ofEveryImage_areWritten_withTheirIdentity() throws Exception {
    CliRun run = encode("--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(new ObjectMapper().readTree(run.out()).get("images").asInt()).isEqualTo(10);
    assertThat(run.err()).contains("images/s");
    try (Features features = Features.read(folder.resolve("features"))) {
      assertThat(features.rows()).isEqualTo(10);
      assertThat(features.dimension()).isEqualTo(64);
      assertThat(features.classes()).containsExactly("cat", "dog");
    }
  }

  @Test
  void limit_keepsTheSharesOfTheClasses() {
    CliRun run = encode("--limit", "4");
    assertThat(run.code()).as(run.err()).isZero();
    try (Features features = Features.read(folder.resolve("features"))) {
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
