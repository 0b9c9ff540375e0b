package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.files.AtomicFile;
import io.winnow.weights.hub.WeightCatalogue;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsCommandTest {
  @TempDir Path folder;

  @Test
  void list_hasEveryEntry_alsoAsJson() throws Exception {
    CliRun text = CliRun.of("weights", "list");
    assertThat(text.code()).isZero();
    WeightCatalogue.entries().forEach(entry -> assertThat(text.out()).contains(entry.fileName()));
    CliRun json = CliRun.of("weights", "list", "--json");
    assertThat(new ObjectMapper().readTree(json.out())).hasSize(WeightCatalogue.entries().size());
  }

  @Test
  void check_saysWhichNetworkAFileHolds() {
    Path file = SmallSets.weights(folder.resolve("mine.safetensors"), 20);
    CliRun run = CliRun.of("weights", "check", file.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("CIFAR ResNet-20").contains("neither the hash nor the name");
  }

  @Test
  void check_ofAFileWithAPublishedNameAndOtherContent_fails() {
    Path file = SmallSets.weights(folder.resolve("resnet20-12fca82f.th"), 20);
    CliRun run = CliRun.of("weights", "check", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(run.out()).contains("different").contains("12fca82f0bebc4135bf1f32f6e3710e6");
  }

  @Test
  void check_ofNoWeights_isTheUsersMistake() {
    AtomicFile.writeString(folder.resolve("a.pth"), "hello");
    CliRun run = CliRun.of("weights", "check", folder.resolve("a.pth").toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("a.pth");
  }

  @Test
  void fetch_ofAnUnknownName_listsTheNames() {
    CliRun run = CliRun.of("weights", "fetch", "resnet21", "--to", folder.toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("no entry named resnet21").contains("resnet20-cifar");
  }
}
