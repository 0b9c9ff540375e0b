package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.ContentHash;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleStageTest {
  private static final SchedulerConfig SCHEDULER = SchedulerConfig.ddpm(ScheduleConfig.paper());
  private static final Denoiser HALF = (xt, t, y) -> Prediction.of(xt.mul(new Scalar(0.5)));

  @TempDir Path folder;

  private static SampleStage stage(int count, int batch, SampleConfig.Format format) {
    return stage(count, batch, SampleConfig.Labels.BALANCED, format);
  }

  /** Of a data set with one cat, five dogs and two of the third class. */
  private static SampleStage stage(
      int count, int batch, SampleConfig.Labels labels, SampleConfig.Format format) {
    SamplerConfig sampler =
        new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 4, 1, false);
    SampleConfig config =
        new SampleConfig(
            sampler, 0.3, null, null, count, batch, SampleConfig.Weights.EMA, labels, format);
    int[] ofSamples = config.labelsOf(new int[] {1, 1, 0, 2, 1, 1, 2, 1}, 3);
    return new SampleStage(
        config,
        List.of("cat", "dog/er", "x"),
        ofSamples,
        7,
        SampleSpace.images(4, 4),
        y -> Condition.ofClasses(Tensors.of(y, y.length)),
        new Device("cpu"));
  }

  private Map<String, String> draw(int batch, String name) throws IOException {
    Path target = folder.resolve(name);
    stage(7, batch, SampleConfig.Format.PNG)
        .run(HALF, SCHEDULER, folder.resolve(".p" + name), target, Progress.SILENT, () -> false);
    return hashes(target);
  }

  private static Map<String, String> hashes(Path target) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(target)) {
      files
          .filter(Files::isRegularFile)
          .forEach(f -> hashes.put(target.relativize(f).toString(), ContentHash.of(f)));
    }
    return hashes;
  }

  @Test
  void samples_inAnotherBatchSize_areTheSame_andGoThroughTheClasses() throws IOException {
    Map<String, String> two = draw(2, "two");
    assertThat(two)
        .containsOnlyKeys(
            "cat/000000.png",
            "cat/000003.png",
            "cat/000006.png",
            "dog_er/000001.png",
            "dog_er/000004.png",
            "x/000002.png",
            "x/000005.png");
    assertThat(draw(7, "seven")).isEqualTo(two);
    assertThat(two.values()).doesNotHaveDuplicates();
  }

  @Test
  void sampling_stoppedBetweenBatches_goesOnToTheSameFiles() throws IOException {
    Map<String, String> undisturbed = draw(2, "whole");
    Path parts = folder.resolve(".parts");
    Path target = folder.resolve("stopped");
    SampleStage stage = stage(7, 2, SampleConfig.Format.PNG);
    int[] asked = {0};
    assertThatThrownBy(
            () -> stage.run(HALF, SCHEDULER, parts, target, Progress.SILENT, () -> asked[0]++ == 2))
        .isInstanceOf(Interrupted.class);
    assertThat(target).doesNotExist();
    try (Stream<Path> files = Files.list(parts)) {
      assertThat(files).hasSize(2);
    }
    stage.run(HALF, SCHEDULER, parts, target, Progress.SILENT, () -> false);
    assertThat(hashes(target)).isEqualTo(undisturbed);
    assertThat(parts).doesNotExist();
  }

  /** Noise depends on the number alone, and the network here pays no heed to the class. */
  @Test
  void labelsOfData_areItsProportions_inFoldersAndArchive_inAnyBatchSize() throws IOException {
    Set<String> names =
        Set.of(
            "dog_er/000000.png",
            "dog_er/000001.png",
            "x/000002.png",
            "dog_er/000003.png",
            "dog_er/000004.png",
            "cat/000005.png",
            "dog_er/000006.png",
            "x/000007.png",
            "dog_er/000008.png");
    List<String> pixels = List.copyOf(draw(4, "turn").values());
    for (int batch : new int[] {2, 9}) {
      Path target = folder.resolve("data" + batch);
      stage(9, batch, SampleConfig.Labels.DATA, SampleConfig.Format.PNG)
          .run(HALF, SCHEDULER, folder.resolve(".p"), target, Progress.SILENT, () -> false);
      assertThat(hashes(target).keySet()).isEqualTo(names);
      assertThat(hashes(target).values()).containsAll(pixels);
    }
    Path npz = folder.resolve("data.npz");
    stage(9, 4, SampleConfig.Labels.DATA, SampleConfig.Format.NPZ)
        .run(HALF, SCHEDULER, folder.resolve(".p"), npz, Progress.SILENT, () -> false);
    try (Scope scope = Scope.open();
        Npz arrays = Npz.open(npz)) {
      assertThat(Tensors.longs(arrays.tensor("arr_1"))).containsExactly(1, 1, 2, 1, 1, 0, 1, 2, 1);
    }
  }

  @Test
  void network_isAskedForTheClassOfEverySample_andForNone() {
    List<Long> asked = new ArrayList<>();
    Denoiser spy =
        (xt, t, y) -> {
          for (long label : Tensors.longs(y.labels())) {
            asked.add(label);
          }
          return Prediction.of(xt.mul(new Scalar(0.5)));
        };
    stage(5, 5, SampleConfig.Labels.DATA, SampleConfig.Format.NPZ)
        .run(
            spy,
            SCHEDULER,
            folder.resolve(".p"),
            folder.resolve("a.npz"),
            Progress.SILENT,
            () -> false);
    assertThat(asked.size()).isEqualTo(5 * 2 * 4); // samples, with and without class, steps
    assertThat(asked).containsOnly(1L, 2L, 3L);
    assertThat(asked.stream().filter(label -> label == 3)).as("null class").hasSize(20);
    assertThat(asked.stream().filter(label -> label == 1)).as("four dogs").hasSize(16);
  }

  /** Seed 7: sample i begins with the noise of (seed, i), in whichever batch it is drawn. */
  @Test
  void samples_beginWithTheNoiseOfTheSeed_andOfTheirNumbers() {
    List<float[]> heard = new ArrayList<>();
    Denoiser spy =
        (xt, t, y) -> {
          heard.add(Tensors.floats(xt));
          return Prediction.of(xt.mul(new Scalar(0.5)));
        };
    Path target = folder.resolve("a.npz");
    stage(5, 3, SampleConfig.Format.NPZ)
        .run(spy, SCHEDULER, folder.resolve(".p"), target, Progress.SILENT, () -> false);
    int size = 3 * 4 * 4;
    for (int i = 0; i < 5; i++) {
      try (Scope scope = Scope.open()) {
        float[] batch = heard.get(i / 3 * 4); // four steps each
        float[] noise =
            Tensors.floats(RandomStreams.of(7).normal(new long[] {3, 4, 4}, "sample-initial", i));
        assertThat(Arrays.copyOfRange(batch, i % 3 * size, (i % 3 + 1) * size)).isEqualTo(noise);
      }
    }
  }

  @Test
  void npz_holdsPixelsByRowAndColumn_andLabels() {
    Path target = folder.resolve("samples.npz");
    stage(7, 3, SampleConfig.Format.NPZ)
        .run(HALF, SCHEDULER, folder.resolve(".p"), target, Progress.SILENT, () -> false);
    try (Scope scope = Scope.open();
        Npz npz = Npz.open(target)) {
      assertThat(npz.tensor("arr_0").shape()).containsExactly(7, 4, 4, 3);
      assertThat(Tensors.longs(npz.tensor("arr_1"))).containsExactly(0, 1, 2, 0, 1, 2, 0);
    }
  }

  @Test
  void progress_isOfImages_fromThoseThatAreThereOn() {
    HeardProgress heard = new HeardProgress();
    SampleStage stage = stage(7, 2, SampleConfig.Format.NPZ);
    Path parts = folder.resolve(".p");
    int[] asked = {0};
    assertThatThrownBy(
            () ->
                stage.run(
                    HALF, SCHEDULER, parts, folder.resolve("a.npz"), heard, () -> asked[0]++ == 2))
        .isInstanceOf(Interrupted.class)
        .hasMessageContaining("sample");
    stage.run(HALF, SCHEDULER, parts, folder.resolve("a.npz"), heard, () -> false);
    assertThat(heard.lines())
        .containsExactly(
            "begin sample 7 images, 0 done",
            "2",
            "4",
            "end",
            "begin sample 7 images, 4 done",
            "6",
            "7",
            "end");
  }

  @Test
  void counts_areOfEveryClass_inTheirOrder() {
    assertThat(stage(9, 4, SampleConfig.Labels.DATA, SampleConfig.Format.PNG).countByClass())
        .containsExactly(entry("cat", 1), entry("dog/er", 6), entry("x", 2));
    assertThat(stage(1, 4, SampleConfig.Format.PNG).countByClass())
        .containsExactly(entry("cat", 1), entry("dog/er", 0), entry("x", 0));
  }
}
