package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.TextStates;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that is told texts: which ones for which samples, and how often none. */
class PromptedTest {
  private static final List<String> TEXTS = List.of("", "a", "bb", "ccc");

  @TempDir Path folder;

  private TextStates states;

  /** The state of a text is its length, in one token of one value. */
  @BeforeEach
  void encode() {
    TextStates.write(
        folder.resolve("texts"),
        TextStates.Index.of("e", 1, 1, TEXTS, distinct -> 0),
        texts -> {
          float[] lengths = new float[texts.size()];
          for (int i = 0; i < lengths.length; i++) {
            lengths[i] = texts.get(i).length();
          }
          return Tensors.of(lengths, lengths.length, 1, 1);
        },
        Progress.SILENT,
        () -> false);
    states = TextStates.open(folder.resolve("texts"));
  }

  @AfterEach
  void close() {
    states.close();
  }

  private List<String> textsOf(int images) {
    return IntStream.range(0, images).mapToObj(i -> TEXTS.get(1 + i % 3)).toList();
  }

  private static float[] told(Condition condition) {
    Tensor lengths = ((Condition.Prompts) condition).states();
    return Tensors.floats(lengths.reshape(-1));
  }

  @Test
  void condition_ofSamples_isTheStatesOfTheirTexts() {
    try (Scope scope = Scope.open()) {
      Prompted prompted = new Prompted(states, textsOf(6), 0);
      Condition condition = prompted.of(new int[] {5, 0, 4, 0}, new int[4]);
      assertThat(told(condition)).containsExactly(3, 1, 2, 1);
      assertThat(told(condition.withoutClass(0))).containsExactly(0, 0, 0, 0);
    }
  }

  @Test
  void identity_changesWithTextsEncoderAndDropout() {
    Prompted one = new Prompted(states, textsOf(6), 0);
    assertThat(new Prompted(states, textsOf(6), 0).identity()).isEqualTo(one.identity());
    assertThat(new Prompted(states, textsOf(5), 0).identity()).isNotEqualTo(one.identity());
    assertThat(new Prompted(states, textsOf(6), 0.1).identity()).isNotEqualTo(one.identity());
    assertThat(one.identity()).contains(" by e,");
    assertThatThrownBy(() -> new Prompted(states, textsOf(6), 1))
        .hasMessageStartingWith("promptDropout is 1.0");
  }

  /** Steps of the source that trainings draw from, over 40 images of three texts. */
  private StepSource source(double dropout) {
    TrainRun run = new TrainRun(folder);
    TrainSet set =
        new TrainSet(
            new Pictures(run.images),
            run.images.labels(),
            run.kept,
            new Prompted(states, textsOf(TrainRun.IMAGES), dropout));
    return new StepSource(
        set,
        run.config,
        new PhasedCurriculum(
            run.config,
            run.kept,
            TrainRun.IMAGES,
            new EpochOrder(RandomStreams.of(1), set.groups(), null)),
        Objective.eps(new NoiseSchedule(run.schedule)),
        RandomStreams.of(1),
        ClassLossWeights.uniform(TrainRun.CLASSES),
        false);
  }

  private static float[] told(StepInputs inputs) {
    return told(inputs.draw().full().condition());
  }

  @Test
  void steps_areToldTheTextOfEveryImage() {
    for (int step = 0; step < 4; step++) {
      try (StepInputs inputs = source(0).at(step)) {
        float[] lengths = told(inputs);
        for (int i = 0; i < lengths.length; i++) {
          assertThat(lengths[i]).isEqualTo(1 + inputs.indices()[i] % 3);
        }
      }
    }
  }

  @Test
  void steps_areToldTheEmptyText_inTheShareOfTheDropout_theSameAgain() {
    StepSource source = source(0.4);
    int empty = 0;
    int all = 0;
    for (int step = 0; step < 19; step++) {
      try (StepInputs inputs = source.at(step);
          StepInputs again = source(0.4).at(step)) {
        float[] lengths = told(inputs);
        assertThat(told(again)).containsExactly(lengths);
        for (int i = 0; i < lengths.length; i++) {
          assertThat(lengths[i]).isIn(0f, 1f + inputs.indices()[i] % 3);
        }
        empty += (int) IntStream.range(0, lengths.length).filter(i -> lengths[i] == 0).count();
        all += lengths.length;
      }
    }
    assertThat((double) empty / all).isBetween(0.27, 0.53); // 3 standard deviations of 97
    assertThat(Arrays.asList(empty, all)).doesNotContain(0);
  }
}
