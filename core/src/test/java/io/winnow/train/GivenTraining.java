package io.winnow.train;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A training by the {@link Trainer} whose images, time steps, labels and noise are given. */
public final class GivenTraining {
  private GivenTraining() {}

  /**
   * What one step gets.
   *
   * @param x0 images in [-1, 1], [B, C, H, W]
   * @param condition after label dropout
   */
  public record Given(Tensor x0, Tensor t, Condition condition, Tensor eps) {
    private StepInputs inputs(long step) {
      int batch = (int) x0.size(0);
      try (Scope scope = Scope.open()) {
        Tensor pixels = x0.add(new Scalar(1)).mul(new Scalar(127.5)); // in [0, 255]
        return new StepInputs(
            step,
            IntStream.range(0, batch).toArray(),
            new int[batch],
            Scope.immortal(torch.full(new long[] {batch}, new Scalar(1f / batch))),
            null,
            Scope.immortal(pixels),
            Scope.immortal(t.clone()),
            condition.map(y -> Scope.immortal(y.clone())),
            Scope.immortal(eps.clone()));
      }
    }
  }

  /** What came of it: a report per step, and the average; the network holds the raw weights. */
  public record Outcome(List<TrainReport> reports, Map<String, Tensor> average) {}

  /**
   * Trains to the end.
   *
   * @param config as long as {@code steps}, with a report after each
   * @param stepsPerEpoch how many steps make an epoch
   */
  public static <N extends Denoiser & Parameterized> Outcome run(
      N network,
      NoiseSchedule schedule,
      TrainConfig config,
      List<Given> steps,
      int stepsPerEpoch,
      Path folder) {
    PlainImages images = new PlainImages(stepsPerEpoch * config.batch(), 1, 0);
    int[] all = IntStream.range(0, images.size()).toArray();
    Trainer trainer =
        new Trainer(
            network,
            Objective.eps(schedule),
            TrainSet.of(images, all, null),
            config,
            ClassLossWeights.uniform(1),
            Compute.plainCpu(),
            RandomStreams.of(0),
            new TrainFiles("model", folder.resolve("state"), folder.resolve("curve.jsonl")),
            new Trainer.Hooks(
                System::nanoTime,
                drawn -> step -> steps.get((int) step).inputs(step),
                UnaryOperator.identity(),
                null));
    List<TrainReport> reports = new ArrayList<>();
    trainer.run(
        new TrainListener() {
          @Override
          public void onReport(TrainReport report) {
            reports.add(report);
          }
        },
        () -> false);
    return new Outcome(reports, trainer.emaWeights());
  }
}
