package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.FakeRecorder;
import io.winnow.tensor.GraphRecorder;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples of a checkpoint folder without classes, as diffusers publishes them. */
class UnconditionalSamplingTest {
  @TempDir Path folder;

  private Path model(Parameterization parameterization) {
    UNet2dConfig config =
        new UNet2dConfig(
            8,
            8,
            3,
            3,
            false,
            null,
            1,
            false,
            List.of(8, 16),
            List.of(false, true),
            List.of(true, false),
            true,
            1,
            1,
            0,
            0.1,
            null,
            4,
            1e-6,
            null);
    UNet2d network = new UNet2d(config);
    network.initAsTorch(7);
    Path model = folder.resolve(parameterization.name());
    SchedulerConfig scheduler = SchedulerConfig.ddpm(ScheduleConfig.paper(), parameterization);
    new ModelFolder(network, scheduler).write(model, network.state());
    return model;
  }

  private Path sample(Path model, double guidanceWeight, List<String> classes, String name) {
    return sample(model, guidanceWeight, classes, name, Witness.NONE);
  }

  private Path sample(
      Path model, double guidanceWeight, List<String> classes, String name, Witness witness) {
    boolean npz = name.endsWith(".npz");
    SampleConfig config =
        new SampleConfig(
            new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 4, 0, false),
            guidanceWeight,
            null,
            null,
            5,
            2,
            SampleConfig.Weights.EMA,
            SampleConfig.Labels.BALANCED,
            npz ? SampleConfig.Format.NPZ : SampleConfig.Format.PNG);
    Path target = folder.resolve(name);
    int[] labels =
        classes.isEmpty() ? new int[0] : SampleLabels.inTurn(classes.size(), config.count());
    new Sampling(config, classes, labels, null, 3, Compute.plainCpu(), witness)
        .run(model, folder.resolve(".parts"), target, Progress.SILENT, () -> false);
    return target;
  }

  @Test
  void samples_lieInOneFolder_orInAnArchiveWithoutLabels() throws IOException {
    Path model = model(Parameterization.EPS);
    try (var files = Files.list(sample(model, 0, List.of(), "samples"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "000000.png", "000001.png", "000002.png", "000003.png", "000004.png");
    }
    try (Scope scope = Scope.open();
        Npz archive = Npz.open(sample(model, 0, List.of(), "samples.npz"))) {
      assertThat(archive.tensor("arr_0").shape()).containsExactly(5, 8, 8, 3);
      assertThat(archive.has("arr_1")).isFalse();
    }
  }

  /** The same output means another noise. */
  @Test
  void samples_followWhatTheSchedulerFileSaysOfTheOutput() {
    try (Scope scope = Scope.open();
        Npz eps = Npz.open(sample(model(Parameterization.EPS), 0, List.of(), "eps.npz"));
        Npz v = Npz.open(sample(model(Parameterization.V), 0, List.of(), "v.npz"))) {
      assertThat(Tensors.bytes(v.tensor("arr_0"))).isNotEqualTo(Tensors.bytes(eps.tensor("arr_0")));
    }
  }

  /** Five samples in batches of two, four steps each: two shapes of batches, twelve calls. */
  @Test
  void samples_byReplayedWork_areTheSame() {
    Path model = model(Parameterization.EPS);
    FakeRecorder recorder = new FakeRecorder();
    Witness replaying =
        new Witness() {
          @Override
          public GraphRecorder recorder(GraphRecorder ofDevice) {
            assertThat(ofDevice).as("of a CPU").isNull();
            return recorder;
          }
        };
    try (Scope scope = Scope.open();
        Npz plain = Npz.open(sample(model, 0, List.of(), "plain.npz"));
        Npz replayed = Npz.open(sample(model, 0, List.of(), "replayed.npz", replaying))) {
      assertThat(Tensors.bytes(replayed.tensor("arr_0")))
          .isEqualTo(Tensors.bytes(plain.tensor("arr_0")));
    }
    assertThat(recorder.recorded).isEqualTo(2);
    assertThat(recorder.replayed).isEqualTo(12);
    assertThat(recorder.closed).isEqualTo(2);
  }

  @Test
  void guidanceOrClasses_areRefused() {
    Path model = model(Parameterization.EPS);
    assertThatThrownBy(() -> sample(model, 0.3, List.of(), "guided"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Guidance and label dropout need a class-conditional network");
    assertThatThrownBy(() -> sample(model, 0, List.of("cat", "dog"), "classes"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("num_class_embeds is null, expected 3");
  }
}
