package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateConfigTest {
  @TempDir Path folder;

  private static Recipe recipe(String... overrides) {
    List<String> all = new ArrayList<>(List.of("name=test", "dataset.type=shapes"));
    all.addAll(List.of(overrides));
    return Recipe.read(null, all).value();
  }

  private static String judge(String... overrides) {
    return recipe(overrides).evaluate().judge("resnet18-cifar");
  }

  @Test
  void judge_unnamed_isTheFirstWithWeightsThatDidNotSelect_elseTheSelector() {
    assertThat(judge()).isEqualTo("resnet18-cifar");
    assertThat(judge("evaluate.weights={resnet18-cifar: x}")).isEqualTo("resnet18-cifar");
    assertThat(judge("evaluate.weights={sfid-inception-tensorflow: x}"))
        .as("sFID's network serves sFID alone")
        .isEqualTo("resnet18-cifar");
    assertThat(judge("evaluate.weights={resnet18-cifar: x, dinov2-s: y, clip-rn50: z}"))
        .isEqualTo("dinov2-s");
    assertThat(judge("evaluate.weights={clip-rn50: z, dinov2-s: y}")).isEqualTo("clip-rn50");
  }

  @Test
  void judge_named_isThatOne() {
    assertThat(judge("evaluate.encoder=resnet18-cifar", "evaluate.weights={dinov2-s: y}"))
        .isEqualTo("resnet18-cifar");
    assertThat(judge("evaluate.encoder=clip-rn50", "evaluate.weights={dinov2-s: y}"))
        .isEqualTo("clip-rn50");
    assertThatThrownBy(() -> recipe("evaluate.encoder=resnet99"))
        .hasMessageContaining("encoder is resnet99, but must be one of resnet18-cifar, ");
  }

  /** Of the documented list, what a run cannot have is left out; of any other it is refused. */
  @Test
  void metrics_ofTheDefaults_wereNotAskedFor() {
    assertThat(recipe().evaluate().asked()).isFalse();
    assertThat(recipe("evaluate.metrics=[fd, class-fd, class-agreement]").evaluate().asked())
        .isTrue();
  }

  @Test
  void selector_isTheRecipesEncoder_unlessTheJudgeHasAFileOfItsOwn() {
    String selecting = "resnet18-cifar";
    assertThat(recipe().evaluate().isSelector(selecting, selecting)).isTrue();
    assertThat(recipe().evaluate().isSelector("dinov2-s", selecting)).isFalse();
    Recipe named = recipe("evaluate.encoder=resnet18-cifar");
    assertThat(named.evaluate().isSelector(selecting, selecting)).isTrue();
    Recipe other =
        recipe("evaluate.encoder=resnet18-cifar", "evaluate.weights={resnet18-cifar: x}");
    assertThat(other.evaluate().isSelector(selecting, selecting)).isFalse();
  }

  @Test
  void recipesEncoder_isNeeded_whereAMetricLooksThroughIt() {
    assertThat(new Judges(recipe("evaluate.metrics=[fd]")).needOwn()).isTrue();
    assertThat(
            new Judges(recipe("evaluate.metrics=[fd]", "evaluate.weights={dinov2-s: x}")).needOwn())
        .isFalse();
    assertThat(
            new Judges(
                    recipe("evaluate.metrics=[class-agreement]", "evaluate.weights={dinov2-s: x}"))
                .needOwn())
        .as("the judge may be no classifier")
        .isTrue();
    assertThat(new Judges(recipe("evaluate.metrics=[fid]")).needOwn()).isFalse();
  }

  @Test
  void weights_ofEveryJudge_haveToBeThere() {
    assertThatThrownBy(() -> new Judges(recipe("evaluate.encoder=dinov2-s")).weights())
        .hasMessageContaining("evaluate.weights: no file for dinov2-s");
    assertThatThrownBy(
            () -> new Judges(recipe("evaluate.weights={dinov2-s: nowhere.pth}")).weights())
        .hasMessageContaining("nowhere.pth does not exist; expected the file of dinov2-s");
    Path file = folder.resolve("w.pth");
    AtomicFile.writeString(file, "weights");
    assertThat(new Judges(recipe("evaluate.weights={dinov2-s: " + file + "}")).weights())
        .containsOnlyKeys("dinov2-s")
        .containsValue(file);
    assertThat(new Judges(recipe()).weights()).isEmpty();
  }

  @Test
  void metricsNamedTwice_andWeightsOfNoEncoder_areRefused() {
    assertThatThrownBy(() -> recipe("evaluate.metrics=[fd, kid, fd]"))
        .hasMessageContaining("metrics is [fd, kid, fd], but must name each metric once.");
    assertThatThrownBy(() -> recipe("evaluate.weights={resnet99: x}"))
        .hasMessageContaining("weights names the encoder resnet99, but must name some of resnet18");
  }
}
