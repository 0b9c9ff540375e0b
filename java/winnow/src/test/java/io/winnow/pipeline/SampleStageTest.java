package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleStageTest {
  private static final SchedulerConfig SCHEDULER = SchedulerConfig.ddpm(ScheduleConfig.paper());
  private static final Denoiser HALF = (xt, t, y) -> xt.mul(new Scalar(0.5));

  @TempDir Path folder;

  private static SampleStage stage(int count, int batch, SampleConfig.Format format) {
    SamplerConfig sampler =
        new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 4, 1, false);
    SampleConfig config =
        new SampleConfig(sampler, 0.3, count, batch, SampleConfig.Weights.EMA, format);
    return new SampleStage(config, List.of("cat", "dog/er", "x"), 7, 4, 4, new Device("cpu"));
  }

  private Map<String, String> draw(int batch, String name) throws IOException {
    Path target = folder.resolve(name);
    stage(7, batch, SampleConfig.Format.PNG)
        .run(HALF, SCHEDULER, folder.resolve(".p" + name), target, Listener.SILENT, () -> false);
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
            () -> stage.run(HALF, SCHEDULER, parts, target, Listener.SILENT, () -> asked[0]++ == 2))
        .isInstanceOf(InterruptedRun.class);
    assertThat(target).doesNotExist();
    try (Stream<Path> files = Files.list(parts)) {
      assertThat(files).hasSize(2);
    }
    stage.run(HALF, SCHEDULER, parts, target, Listener.SILENT, () -> false);
    assertThat(hashes(target)).isEqualTo(undisturbed);
    assertThat(parts).doesNotExist();
  }

  @Test
  void npz_holdsPixelsByRowAndColumn_andLabels() {
    Path target = folder.resolve("samples.npz");
    stage(7, 3, SampleConfig.Format.NPZ)
        .run(HALF, SCHEDULER, folder.resolve(".p"), target, Listener.SILENT, () -> false);
    try (Scope scope = Scope.open();
        Npz npz = Npz.open(target)) {
      assertThat(npz.tensor("arr_0").shape()).containsExactly(7, 4, 4, 3);
      assertThat(io.winnow.tensor.Tensors.longs(npz.tensor("arr_1")))
          .containsExactly(0, 1, 2, 0, 1, 2, 0);
    }
  }
}
