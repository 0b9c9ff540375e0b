package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.StepDraw;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Inputs of steps 2 to 5 of a run of six. */
class PrefetcherTest {
  private final List<StepInputs> made = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> threads = ConcurrentHashMap.newKeySet();

  private StepInputs at(long step) {
    StepDraw draw = StepDraw.one(tensor(), Condition.none(), tensor());
    StepInputs inputs =
        new StepInputs(step, new int[1], new int[1], tensor(), tensor(), tensor(), draw);
    threads.add(Thread.currentThread().getName());
    made.add(inputs);
    return inputs;
  }

  private static Tensor tensor() {
    return Scope.immortal(Tensors.of(new float[1], 1));
  }

  private static long taken(Prefetcher feed) {
    try (StepInputs inputs = feed.next()) {
      return inputs.step();
    }
  }

  private Stream<Long> steps() {
    return made.stream().map(StepInputs::step);
  }

  @Test
  void onTheSpot_aStepIsMadeWhenItIsAskedFor_byWhoAsks() {
    try (Prefetcher feed = new Prefetcher(this::at, 2, 6, false)) {
      assertThat(made).isEmpty();
      assertThat(taken(feed)).isEqualTo(2);
      assertThat(taken(feed)).isEqualTo(3);
    }
    assertThat(steps()).containsExactly(2L, 3L);
    assertThat(threads).containsExactly(Thread.currentThread().getName());
  }

  @Test
  void ahead_stepsAreMadeInTheirOrder_byAThreadOfTheirOwn_twoBeforeTheyAreAskedForAtMost() {
    try (Prefetcher feed = new Prefetcher(this::at, 2, 6, true)) {
      for (int i = 0; i < 4; i++) {
        assertThat(taken(feed)).isEqualTo(2 + i);
        assertThat(made).hasSizeLessThanOrEqualTo(i + 3);
      }
    }
    assertThat(steps()).containsExactly(2L, 3L, 4L, 5L);
    assertThat(threads).containsExactly("winnow-train-feed");
  }

  @Test
  void close_freesWhatWasMadeAheadAndNobodyAskedFor() {
    try (Prefetcher feed = new Prefetcher(this::at, 2, 6, true)) {
      assertThat(taken(feed)).isEqualTo(2);
    }
    for (StepInputs inputs : made) {
      List<Tensor> tensors = new ArrayList<>(inputs.draw().tensors());
      tensors.addAll(List.of(inputs.coefficients(), inputs.weights(), inputs.stored()));
      assertThat(tensors)
          .as("step %d", inputs.step())
          .hasSize(5)
          .allMatch(tensor -> tensor.isNull());
    }
  }
}
