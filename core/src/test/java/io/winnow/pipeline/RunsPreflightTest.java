package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What recipes would be refused for, over five cats and three dogs of 4 x 4 pixels. */
class RunsPreflightTest {
  @TempDir Path folder;

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 5);
    SmallSet.images(folder.resolve("set"), "dog", 3);
  }

  private Recipe recipe(String name, String... sets) {
    List<String> base = List.of("name=" + name, "evaluate.metrics=[fd]");
    return SmallSet.recipe(folder.resolve("set"), base, sets).value();
  }

  @Test
  void everyRecipe_isLookedAt_andTheSameReasonIsSaidOnce() {
    String deep = "model.multipliers=[1, 1, 1, 1]";
    String fid = "evaluate.metrics=[fid]";
    String classFd = "evaluate.metrics=[class-fd]";
    assertThat(
            RunsPreflight.refusals(
                List.of(
                    recipe("a"),
                    recipe("b", deep),
                    recipe("c", "dataset.path=" + folder.resolve("nowhere")),
                    recipe("d", deep, "prune.ratio=0.5"),
                    recipe("e", "compute.device=cuda:99"),
                    recipe("f", fid, "evaluate.weights={fid-inception: none.pth}"),
                    recipe("g", classFd, "sample.labels=data", "sample.count=3"))))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b, d: ").contains("4 x 4"),
            line -> assertThat(line).startsWith("c: ").contains("nowhere"),
            line -> assertThat(line).startsWith("e: ").contains("cuda:99"),
            line -> assertThat(line).startsWith("f: ").contains("none.pth"),
            line -> assertThat(line).startsWith("g: sample.count: 3 samples of 2 classes"));
  }

  @Test
  void manyRecipes_areCounted() {
    List<Recipe> many =
        Stream.of("a", "b", "c", "d", "e", "f")
            .map(name -> recipe(name, "model.multipliers=[1, 1, 1, 1]"))
            .toList();
    assertThat(RunsPreflight.refusals(many))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("a, b, c, d and 2 more: ");
    assertThat(RunsPreflight.refusals(many.subList(0, 5)))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("a, b, c, d, e: ");
  }
}
