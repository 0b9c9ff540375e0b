package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextStatesTest {
  private static final int TOKENS = 2;
  private static final int WIDTH = 3;

  @TempDir Path folder;

  private final List<String> encoded = new ArrayList<>();

  private static TextStates.Index index(String encoder, List<String> texts) {
    return TextStates.Index.of(encoder, TOKENS, WIDTH, texts, distinct -> 1);
  }

  /** The states of a text begin with its length. */
  private Tensor encode(List<String> texts) {
    encoded.addAll(texts);
    float[] values = new float[texts.size() * TOKENS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      int text = i / (TOKENS * WIDTH);
      values[i] = texts.get(text).length() + 0.125f * (i % (TOKENS * WIDTH));
    }
    return Tensors.of(values, texts.size(), TOKENS, WIDTH);
  }

  private void write(TextStates.Index index) {
    TextStates.write(folder.resolve("texts"), index, this::encode, Progress.SILENT, () -> false);
  }

  private static List<String> many(int count) {
    return IntStream.range(0, count).mapToObj("x"::repeat).toList();
  }

  @Test
  void texts_areEncodedOnce_theEmptyOneFirst_andReadByTheirPlace() {
    write(index("e", List.of("cat", "a dog", "cat")));
    assertThat(encoded).containsExactly("", "cat", "a dog");
    try (TextStates states = TextStates.open(folder.resolve("texts"));
        Scope scope = Scope.open()) {
      assertThat(states.index().truncated()).isEqualTo(1);
      assertThat(states.place("")).isZero();
      Tensor read = states.gather(states.place("a dog"), 0, states.place("cat"));
      assertThat(read.shape()).containsExactly(3, TOKENS, WIDTH);
      assertThat(Tensors.floats(read))
          .startsWith(5, 5.125f, 5.25f, 5.375f, 5.5f, 5.625f, 0, 0.125f)
          .endsWith(3, 3.125f, 3.25f, 3.375f, 3.5f, 3.625f);
      assertThatThrownBy(() -> states.place("owl"))
          .hasMessage("text states: \"owl\" is not among the 3 encoded texts");
    }
  }

  @Test
  void texts_ofSeveralFiles_areReadFromTheirOwn() {
    write(index("e", many(TextStates.SHARD_TEXTS + 5)));
    assertThat(folder.resolve("texts/states-00001.npy")).exists();
    try (TextStates states = TextStates.open(folder.resolve("texts"));
        Scope scope = Scope.open()) {
      int last = TextStates.SHARD_TEXTS + 4;
      float[] read = Tensors.floats(states.gather(last, 7));
      assertThat(read[0]).isEqualTo(last);
      assertThat(read[TOKENS * WIDTH]).isEqualTo(7);
    }
  }

  @Test
  void texts_ofWholeFiles_haveNoneBehindThem() {
    write(index("e", many(TextStates.SHARD_TEXTS)));
    assertThat(folder.resolve("texts").toFile().list())
        .containsExactlyInAnyOrder("prompts.json", "states-00000.npy");
  }

  @Test
  void write_interrupted_goesOnWithTheNextFile_butNotForOtherTextsOrAnotherEncoder() {
    List<String> texts = many(TextStates.SHARD_TEXTS + 5);
    int[] asked = {0};
    assertThatThrownBy(
            () ->
                TextStates.write(
                    folder.resolve("texts"),
                    index("e", texts),
                    this::encode,
                    Progress.SILENT,
                    () -> asked[0]++ == 1))
        .isInstanceOf(Interrupted.class);
    assertThat(encoded).hasSize(TextStates.SHARD_TEXTS);
    write(index("e", texts));
    assertThat(encoded).hasSize(texts.size()).doesNotHaveDuplicates();
    encoded.clear();
    write(index("e", texts));
    assertThat(encoded).isEmpty();
    write(index("another", texts));
    assertThat(encoded).hasSize(texts.size());
    encoded.clear();
    write(index("another", List.of("cat")));
    assertThat(encoded).containsExactly("", "cat");
    assertThat(folder.resolve("texts/states-00001.npy")).doesNotExist();
  }

  @Test
  void write_tellsHowManyTextsAreDone() {
    HeardProgress heard = new HeardProgress();
    TextStates.Index index = index("e", many(TextStates.SHARD_TEXTS + 5));
    TextStates.write(folder.resolve("texts"), index, this::encode, heard, () -> false);
    assertThat(heard.lines()).containsExactly("begin texts 261 texts, 0 done", "256", "261", "end");
  }

  @Test
  void index_withoutTheEmptyText_isRefused() {
    for (List<String> prompts : List.of(List.<String>of(), List.of("cat", ""))) {
      assertThatThrownBy(() -> new TextStates.Index("e", TOKENS, WIDTH, 0, prompts))
          .hasMessageStartingWith("text states: the first prompt is not the empty one");
    }
  }

  @Test
  void open_fileOfAnotherSize_isRefused() throws IOException {
    write(index("e", List.of("cat")));
    Path file = folder.resolve("texts/states-00000.npy");
    byte[] two = Files.readAllBytes(file);
    write(index("e", List.of("cat", "dog")));
    Files.write(file, two);
    assertThatThrownBy(() -> TextStates.open(folder.resolve("texts")))
        .hasMessage(
            file + ": 2 x 6 values; expected 3 x 6. Delete its folder, and it is made anew.");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(new float[15], 3, 5));
    }
    assertThatThrownBy(() -> TextStates.open(folder.resolve("texts")))
        .hasMessageContaining(": 3 x 5 values; expected 3 x 6.");
  }
}
