package io.winnow.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;
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
  void read_wrappedStateDict_isUnwrappedAndFreedOfModule() throws IOException {
    Path file = wrapped().write(folder.resolve("c.pth"));
    Map<String, Tensor> state = Checkpoint.read(file);
    assertThat(state).containsOnlyKeys("fc.weight");
    assertThat(Tensors.floats(state.get("fc.weight"))).containsExactly(1, 2);
    Checkpoint.Contents all = Checkpoint.readAll(file);
    assertThat(all.tensors()).containsOnlyKeys("state_dict.module.fc.weight");
    assertThat(all.scalars()).containsEntry("epoch", 7L);
  }

  @Test
  void read_namedEntry_readsThatOneAlone() throws IOException {
    TorchFile file = new TorchFile().op('}').op('(');
    file.text("model").op('}').text("w").tensor(1).op('s');
    file.text("ema").op('}').text("w").tensor(2).op('s').op('u');
    Path path = file.write(folder.resolve("e.pt"));
    assertThat(Tensors.floats(Checkpoint.read(path).get("w"))).containsExactly(1);
    assertThat(Tensors.floats(Checkpoint.read(path, "ema").get("w"))).containsExactly(2);
    assertThatThrownBy(() -> Checkpoint.read(path, "emma"))
        .hasMessageContaining("no tensors under emma. It has [model, ema]");
  }

  @Test
  void read_stridedView_isGatheredContiguously() throws IOException {
    TorchFile file = new TorchFile().op('}').text("w");
    file.tensor(new float[] {0, 1, 2, 3, 4, 5}, 1, 3, 2).op('s');
    Tensor view = Checkpoint.read(file.write(folder.resolve("v.pt"))).get("w");
    assertThat(Tensors.floats(view)).containsExactly(1, 3, 5);
    assertThat(view.is_contiguous()).isTrue();
  }

  @Test
  void read_viewBeyondItsStorage_isRefused() throws IOException {
    TorchFile file = new TorchFile().op('}').text("w");
    file.tensor(new float[] {0, 1, 2}, 1, 2, 2).op('s');
    refused(file.write(folder.resolve("b.pt")), "reaches byte 16 of a storage of 12");
  }

  @Test
  void read_storageRepeatedWithoutBound_isRefused() throws IOException {
    TorchFile file = new TorchFile().op('}').text("w");
    file.tensor(new float[] {0}, 0, Integer.MAX_VALUE, 0).op('s');
    refused(file.write(folder.resolve("r.pt")), "repeats its storage");
  }

  @Test
  void read_callOfAnUnlistedFunction_namesItAndRunsNothing() throws IOException {
    Path witness = folder.resolve("witness");
    TorchFile file = new TorchFile().global("os", "system");
    file.text("touch " + witness).raw(0x85).op('R');
    refused(file.write(folder.resolve("m.pt")), "names the global os.system");
    assertThat(witness).doesNotExist();
  }

  @Test
  void read_javaClassAsGlobal_isRefused() throws IOException {
    TorchFile file = new TorchFile().global("java.lang", "Runtime").op(')').raw(0x81);
    refused(file.write(folder.resolve("j.pt")), "names the global java.lang.Runtime");
  }

  @Test
  void read_scriptClassOutsideOfAnArchive_isRefused() throws IOException {
    TorchFile file = new TorchFile().global("__torch__", "M").op(')').raw(0x81);
    refused(file.write(folder.resolve("s.pt")), "__torch__.M");
  }

  @Test
  void read_torchScriptArchive_isItsAttributeTree() throws IOException {
    TorchFile file = new TorchFile().global("__torch__.clip", "Model").op(')').raw(0x81);
    file.op('}').op('(').text("training").raw(0x89).text("visual");
    file.global("__torch__", "Tower").op(')').raw(0x81).op('}').text("proj").tensor(5).op('s');
    file.op('b').op('u').op('b').entry("constants.pkl", "").entry("code/__torch__.py", "exit()");
    Checkpoint.Contents all = Checkpoint.readAll(file.write(folder.resolve("t.pt")));
    assertThat(all.tensors()).containsOnlyKeys("visual.proj");
    assertThat(all.scalars()).isEmpty();
  }

  @Test
  void read_listThatContainsItself_isRefused() throws IOException {
    TorchFile file = new TorchFile().op(']').raw('q', 0).raw('h', 0).op('a');
    refused(file.write(folder.resolve("l.pt")), "nested deeper");
  }

  @Test
  void read_listsThatMultiply_areRefused() throws IOException {
    TorchFile file = new TorchFile().op(']').raw('q', 0);
    for (int level = 1; level <= 30; level++) {
      file.op(']').op('(');
      for (int i = 0; i < 10; i++) {
        file.raw('h', level - 1);
      }
      file.op('e').raw('q', level);
    }
    refused(file.write(folder.resolve("x.pt")), "entries");
  }

  @Test
  void read_bigEndianArchive_isRefused() throws IOException {
    refused(wrapped().entry("byteorder", "big").write(folder.resolve("b.pt")), "byte order big");
  }

  @Test
  void read_damagedPickle_failsWithAMessageAndNothingElse() throws IOException {
    byte[] whole = wrapped().op('.').pickle();
    Random random = new Random(42);
    for (int i = 0; i < 1500; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Path file = wrapped().write(folder.resolve("f.pt"), damaged);
      try (Scope attempt = Scope.open()) {
        Checkpoint.readAll(file);
      } catch (IllegalArgumentException | UncheckedIOException e) {
        assertThat(e.getMessage()).as("seed 42, attempt " + i).contains("f.pt");
      }
    }
  }

  @Test
  void read_otherThings_areNamed() throws IOException {
    assertNamed("", "is empty");
    assertNamed("<!DOCTYPE html><html>", "web page");
    assertNamed("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
    assertNamed("hello, this is no model at all", "none of the known forms");
    Files.write(folder.resolve("x"), new byte[] {(byte) 0x80, 4, '}', '.'});
    refused(folder.resolve("x"), "bare pickle");
    assertThatThrownBy(() -> Checkpoint.read(folder.resolve("none.pt")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.pt");
  }

  @Test
  void read_keepsNoPointerButTheTensors() throws IOException {
    Path file = wrapped().write(folder.resolve("p.pt"));
    long before = Pointer.totalCount();
    try (Scope inner = Scope.open()) {
      Checkpoint.read(file);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before + 1);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static TorchFile wrapped() {
    TorchFile file = new TorchFile().op('}').op('(').text("epoch").number(7).text("state_dict");
    return file.op('}').text("module.fc.weight").tensor(1, 2).op('s').op('u');
  }

  private void assertNamed(String content, String reason) throws IOException {
    refused(Files.write(folder.resolve("x"), content.getBytes(StandardCharsets.UTF_8)), reason);
  }

  private static void refused(Path file, String reason) {
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
  }
}
