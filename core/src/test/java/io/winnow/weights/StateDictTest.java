package io.winnow.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StateDictTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void load_halfIntoFloat_isWidened() {
    Map<String, Tensor> network = Map.of("w", Tensors.of(new float[] {0, 0}, 2));
    StateDict.load(
        network, Map.of("w", Tensors.of(new float[] {1.5f, -2}, 2).to(ScalarType.Half)), "f");
    assertThat(Tensors.floats(network.get("w"))).containsExactly(1.5f, -2);
  }

  @Test
  void load_everythingWrong_listsAllAndChangesNothing() {
    Map<String, Tensor> network = new LinkedHashMap<>();
    network.put("a", Tensors.of(new float[] {7}, 1));
    network.put("b", Tensors.of(new float[2], 2));
    network.put("c", Tensors.of(new float[2], 2));
    network.put("n", Tensors.of(new long[1]));
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("a", Tensors.of(new float[] {1}, 1));
    file.put("c", Tensors.of(new float[3], 3));
    file.put("n", Tensors.of(new float[1]));
    file.put("x", Tensors.of(new float[1], 1));
    assertThatThrownBy(() -> StateDict.load(network, file, "f.pt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "f.pt: does not fit the network: 1 key missing (b), 1 key unexpected (x), 2 keys of"
                + " another shape (c [3], expected [2]; n of F32, expected I64).");
    assertThat(Tensors.floats(network.get("a"))).containsExactly(7);
  }

  @Test
  void load_wrappedModel_saysWhatToStrip() {
    assertThatThrownBy(
            () ->
                StateDict.load(
                    Map.of("conv_in.weight", Tensors.of(new float[1], 1)),
                    Map.of("module.conv_in.weight", Tensors.of(new float[1], 1)),
                    "unet.safetensors"))
        .hasMessageContaining("1 key missing (conv_in.weight)")
        .hasMessageContaining("strip \"module.\"");
  }

  @Test
  void load_anotherNetwork_saysWhichItLooksLike() {
    Map<String, Tensor> inception = new LinkedHashMap<>();
    inception.put("Mixed_7c.branch_pool.conv.weight", Tensors.of(new float[1], 1));
    inception.put("fc.weight", Tensors.of(new float[1000], 1000, 1));
    Map<String, Tensor> network = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      network.put("blocks." + i, Tensors.of(new float[1], 1));
    }
    assertThatThrownBy(() -> StateDict.load(network, inception, "i.pth"))
        .hasMessageContaining("20 keys missing, 2 keys unexpected (Mixed_7c")
        .hasMessageContaining("looks like torchvision Inception-v3 (1000 classes)")
        .hasMessageContaining("\n  missing: blocks.0, blocks.1")
        .hasMessageContaining("blocks.19");
  }

  @Test
  void load_ignoredKeys_mayBeAbsentOrExtra() {
    Map<String, Tensor> network =
        Map.of("bn.num_batches_tracked", Tensors.of(new long[1]), "w", Tensors.of(new float[1], 1));
    Map<String, Tensor> file =
        Map.of("w", Tensors.of(new float[] {3}, 1), "AuxLogits.fc", Tensors.of(new float[1], 1));
    StateDict.load(
        network,
        file,
        "f",
        StateDict.Ignore.ending("num_batches_tracked"),
        StateDict.Ignore.beginning("AuxLogits."));
    assertThat(Tensors.floats(network.get("w"))).containsExactly(3);
  }

  @Test
  void loadTolerant_copiesWhatFitsAndReportsTheRest() {
    Map<String, Tensor> network =
        Map.of("a", Tensors.of(new float[1], 1), "b", Tensors.of(new float[] {5}, 1));
    StateDict.Mismatch mismatch =
        StateDict.loadTolerant(
            network, Map.of("a", Tensors.of(new float[] {2}, 1), "b", Tensors.of(new float[2], 2)));
    assertThat(Tensors.floats(network.get("a"))).containsExactly(2);
    assertThat(Tensors.floats(network.get("b"))).containsExactly(5);
    assertThat(mismatch.misfits()).containsExactly("b [2], expected [1]");
  }
}
