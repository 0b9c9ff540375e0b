package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.HybridObjective;
import io.winnow.diffusion.MaskedObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.model.mdt.MdtVersion;
import io.winnow.optim.OptimizerConfig;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A masked transformer with a learnt variance in the shipped trainer, by Adan. */
class MaskedTrainingTest {
  @TempDir Path folder;

  private TrainRun run(String name, MdtVersion version) {
    TrainRun run = new TrainRun(folder.resolve(name));
    run.with(
        TrainConfigs.set(
            run.config,
            "gradientClip",
            null,
            "optimizer",
            new OptimizerConfig.Nesterov(List.of(0.98, 0.92, 0.99), 1e-8, 0, 1.0)));
    run.guidance = new Guidance(TrainRun.CLASSES, 0.3);
    MaskedNetwork network = new MaskedNetwork(version);
    run.network = network;
    NoiseSchedule schedule = new NoiseSchedule(new ScheduleConfig.Linear(1000, 1e-4, 0.02));
    Double minSnr = version == MdtVersion.V2 ? 5.0 : null;
    run.objective =
        new MaskedObjective(new HybridObjective(Parameterization.EPS, schedule, minSnr), network);
    return run;
  }

  @ParameterizedTest
  @EnumSource
  void stoppedRun_goesOnToTheSameBytes(MdtVersion version) {
    TrainRun whole = run("whole", version);
    whole.run(TrainListener.NONE);
    run("stopped", version).runSteps(3);
    run("stopped", version).runSteps(6);
    TrainRun stopped = run("stopped", version);
    stopped.run(TrainListener.NONE);
    Map<String, byte[]> files = stopped.stateFiles();
    assertThat(files).containsKey("step-000000019/optimizer.safetensors");
    assertThat(files.keySet()).isEqualTo(whole.stateFiles().keySet());
    whole.stateFiles().forEach((name, bytes) -> assertThat(files.get(name)).isEqualTo(bytes));
  }

  @ParameterizedTest
  @EnumSource
  void microBatches_changeTheResultByRoundingAlone(MdtVersion version) {
    TrainRun whole = run("whole", version);
    whole.with(TrainConfigs.steps(whole.config, 4)).run(TrainListener.NONE);
    TrainRun parts = run("parts", version);
    parts
        .with(TrainConfigs.microBatch(TrainConfigs.steps(parts.config, 4), 4))
        .run(TrainListener.NONE);
    Map<String, Tensor> ours = parts.network.parameters();
    whole
        .network
        .parameters()
        .forEach(
            (name, tensor) ->
                assertThat(Tensors.doubles(ours.get(name)))
                    .as(name)
                    .containsExactly(Tensors.doubles(tensor), within(2e-4)));
    assertThat(parts.trainer.emaWeights().keySet()).containsAll(ours.keySet());
  }

  /** Two questions a step: same times, noise and labels of their own, a mask in the second. */
  @Test
  void step_asksTwice_withItsOwnNoiseLabelsAndMask() {
    TrainRun run = run("spied", MdtVersion.V2);
    run.run(TrainListener.NONE);
    List<MaskedNetwork.Question> questions = ((MaskedNetwork) run.network).questions;
    assertThat(questions).hasSize(2 * 19);
    int droppedApart = 0;
    int dropped = 0;
    List<Integer> shares = new ArrayList<>();
    for (int step = 0; step < 19; step++) {
      MaskedNetwork.Question full = questions.get(2 * step);
      MaskedNetwork.Question masked = questions.get(2 * step + 1);
      assertThat(full.kept()).isNull();
      assertThat(full.training()).isTrue();
      assertThat(masked.training()).isTrue();
      assertThat(masked.t()).isEqualTo(full.t());
      assertThat(masked.xt()).isNotEqualTo(full.xt());
      int batch = full.y().length;
      shares.add(masked.kept().length / batch);
      for (int i = 0; i < batch; i++) {
        boolean hidden = full.y()[i] == TrainRun.CLASSES;
        boolean hiddenThere = masked.y()[i] == TrainRun.CLASSES;
        droppedApart += hidden != hiddenThere ? 1 : 0;
        dropped += hidden ? 1 : 0;
        assertThat(hidden || hiddenThere || full.y()[i] == masked.y()[i]).isTrue();
        long[] kept =
            Arrays.copyOfRange(masked.kept(), i * shares.get(step), (i + 1) * shares.get(step));
        assertThat(Arrays.stream(kept).distinct().count()).isEqualTo(shares.get(step).longValue());
      }
    }
    assertThat(dropped).isPositive();
    assertThat(droppedApart).as("labels are dropped in each pass by itself").isPositive();
    assertThat(shares).as("0.3 to 0.5 of 16 tokens hidden").allMatch(n -> n >= 8 && n <= 11);
    assertThat(new java.util.HashSet<>(shares)).as("a share per step").hasSizeGreaterThan(1);
  }

  /** Every parameter learns, and the average follows the parameters and nothing else. */
  @Test
  void training_movesEveryParameter_andItsAverage() {
    TrainRun run = run("moved", MdtVersion.V2);
    Map<String, double[]> before = values(run.network.parameters());
    run.with(TrainConfigs.set(run.config, "ema", 0.0)).run(TrainListener.NONE);
    Map<String, double[]> after = values(run.network.parameters());
    Map<String, double[]> average = values(run.trainer.emaWeights());
    after.forEach(
        (name, now) -> {
          assertThat(now).as(name).isNotEqualTo(before.get(name));
          assertThat(average.get(name)).as("decay 0: " + name).isEqualTo(now);
        });
  }

  private static Map<String, double[]> values(Map<String, Tensor> tensors) {
    Map<String, double[]> values = new TreeMap<>();
    tensors.forEach((name, tensor) -> values.put(name, Tensors.doubles(tensor.detach())));
    return values;
  }
}
