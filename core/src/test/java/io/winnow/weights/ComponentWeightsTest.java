package io.winnow.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComponentWeightsTest {
  @TempDir Path home;

  @Test
  void presentName_ofOldAttention_isTodays() {
    assertThat(ComponentWeights.presentName("mid_block.attentions.0.proj_attn.bias"))
        .isEqualTo("mid_block.attentions.0.to_out.0.bias");
    assertThat(ComponentWeights.presentName("down_blocks.1.attentions.1.query.weight"))
        .isEqualTo("down_blocks.1.attentions.1.to_q.weight");
    assertThat(ComponentWeights.presentName("conv_in.weight")).isEqualTo("conv_in.weight");
  }

  @Test
  void in_folderWithSeveralForms_prefersSafetensorsAndLeavesVariants() throws IOException {
    Files.createFile(home.resolve("model.fp16.safetensors"));
    assertThatThrownBy(() -> ComponentWeights.TRANSFORMERS.in(home))
        .hasMessage(
            home
                + ": no weights; expected one of model.safetensors,"
                + " model.safetensors.index.json, pytorch_model.bin");
    Path bin = Files.createFile(home.resolve("pytorch_model.bin"));
    assertThat(ComponentWeights.TRANSFORMERS.in(home)).isEqualTo(bin);
    Path safe = Files.createFile(home.resolve("model.safetensors"));
    assertThat(ComponentWeights.TRANSFORMERS.in(home)).isEqualTo(safe);
  }

  @Test
  void load_fileTensorByTensor_isWhatTheWholeLoadGives() {
    try (Scope scope = Scope.open()) {
      Path file = home.resolve("w.safetensors");
      Map<String, Tensor> stored = new LinkedHashMap<>();
      stored.put("module.b.query", Tensors.of(new float[] {1.5f, 2}, 2).to(ScalarType.Half));
      stored.put("module.a", Tensors.of(new float[] {7}, 1));
      Safetensors.write(file, stored, Map.of());
      Map<String, Tensor> network = new LinkedHashMap<>();
      network.put("a", Tensors.of(new float[1], 1));
      network.put("b.to_q", Tensors.of(new float[2], 2));
      Checkpoint.load(network, file, key -> key.replace("query", "to_q"));
      assertThat(Tensors.floats(network.get("a"))).containsExactly(7);
      assertThat(Tensors.floats(network.get("b.to_q"))).containsExactly(1.5f, 2);
    }
  }

  @Test
  void load_fileThatDoesNotFit_listsEverythingAndChangesNothing() {
    try (Scope scope = Scope.open()) {
      Path file = home.resolve("w.safetensors");
      Map<String, Tensor> stored = new LinkedHashMap<>();
      stored.put("a", Tensors.of(new float[] {7}, 1));
      stored.put("b", Tensors.of(new float[3], 3));
      stored.put("c", Tensors.of(new float[1], 1));
      Safetensors.write(file, stored, Map.of());
      Map<String, Tensor> network = new LinkedHashMap<>();
      network.put("a", Tensors.of(new float[] {1}, 1));
      network.put("b", Tensors.of(new float[2], 2));
      assertThatThrownBy(() -> Checkpoint.load(network, file, key -> key))
          .hasMessage(
              file
                  + ": does not fit the network: 1 key unexpected (c), 1 key of another shape (b"
                  + " [3], expected [2]).");
      assertThat(Tensors.floats(network.get("a"))).containsExactly(1);
      Checkpoint.load(
          Map.of("a", network.get("a")), file, key -> key, StateDict.Ignore.keys("b", "c"));
      assertThat(Tensors.floats(network.get("a"))).containsExactly(7);
    }
  }

  /** Of the memory beside the network: a second copy of the file would be 96 MiB. */
  @Test
  void load_largeFile_needsUnderThreeTenthsOfItBesideTheNetwork() throws IOException {
    Path resets = Path.of("/proc/self/clear_refs");
    assumeTrue(Files.isWritable(resets), "no /proc here to measure with");
    Path file = home.resolve("w.safetensors");
    int count = 24;
    int megabytes = 4; // of each
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> network = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        network.put("w" + i, Tensors.of(new float[megabytes << 18], megabytes << 18));
      }
      Safetensors.write(file, network, Map.of());
      Checkpoint.load(network, file, key -> key); // classes, pools and the like
      Files.writeString(resets, "5"); // the high-water mark begins anew
      long before = kilobytes("VmHWM");
      Checkpoint.load(network, file, key -> key);
      assertThat(kilobytes("VmHWM") - before).isLessThan(1024L * megabytes * count * 3 / 10);
    }
  }

  private static long kilobytes(String line) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(l -> l.startsWith(line + ":"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
