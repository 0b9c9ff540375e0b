package io.winnow.train;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Passes;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.StepDraw;
import io.winnow.diffusion.TokenMask;
import io.winnow.diffusion.TrainingObjective;
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
            StepDraw.one(t, condition, eps).map(GivenTraining::own, GivenTraining::own));
      }
    }
  }

  private static Tensor own(Tensor tensor) {
    return Scope.immortal(tensor.clone());
  }

  /** What came of it: a report per step, and the average; the network holds the raw weights. */
  public record Outcome(List<TrainReport> reports, Map<String, Tensor> average) {}

  /**
   * Trains to the end.
   *
   * @param config as long as {@code steps}, with a report after each
   * @param stepsPerEpoch how many steps make an epoch
   * @param compute where
   */
  public static <N extends Denoiser & Parameterized> Outcome run(
      N network,
      NoiseSchedule schedule,
      TrainConfig config,
      List<Given> steps,
      int stepsPerEpoch,
      Path folder,
      Compute compute) {
    PlainImages images = new PlainImages(stepsPerEpoch * config.batch(), 1, 0);
    int[] all = IntStream.range(0, images.size()).toArray();
    Trainer trainer =
        new Trainer(
            network,
            Objective.eps(schedule),
            TrainSet.of(images, all, null),
            config,
            ClassLossWeights.uniform(1),
            compute,
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

  /** What one step of the shipped update asked, got and lost; the parameters hold its gradients. */
  public record Differentiated(Passes passes, Passes.Answers answers, Tensor loss) {}

  /**
   * A step as far as the gradients, over given latents: the mean of the samples' losses.
   *
   * @param x0 [B, C, H, W], as the forward process takes them
   * @param draw of the step
   * @param compute where the network lies
   */
  public static <N extends MaskedDenoiser & Parameterized> Differentiated differentiated(
      N network, TrainingObjective objective, Tensor x0, StepDraw draw, Compute compute) {
    List<Prediction> answers = new ArrayList<>();
    TrainConfig config = TrainConfig.plain(1, (int) x0.size(0), 1);
    TrainUpdate update =
        new TrainUpdate(
            listening(network, answers),
            network,
            objective,
            config.optimizer(network.parameters()),
            new AsStored(),
            config,
            ClassLossWeights.uniform(1),
            compute,
            RandomStreams.of(0));
    int batch = (int) x0.size(0);
    Tensor equal = torch.full(new long[] {batch}, new Scalar(1f / batch));
    StepInputs inputs = new StepInputs(0, new int[batch], new int[batch], equal, null, x0, draw);
    Tensor loss = Scope.immortal(update.differentiated(inputs, false));
    return new Differentiated(
        objective.passes(x0, draw.map(compute::sent, compute::sent)),
        new Passes.Answers(answers.get(0), answers.get(1)),
        loss);
  }

  /** The network, whose answers are written down in their order. */
  private static MaskedDenoiser listening(MaskedDenoiser network, List<Prediction> answers) {
    return new MaskedDenoiser() {
      @Override
      public Prediction predict(Tensor xt, Tensor t, Condition condition) {
        return noted(network.predict(xt, t, condition));
      }

      @Override
      public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
        return noted(network.predictMasked(xt, t, condition, mask));
      }

      private Prediction noted(Prediction answer) {
        answers.add(answer.map(channels -> Scope.immortal(channels.detach().clone())));
        return answer;
      }

      @Override
      public int tokens() {
        return network.tokens();
      }

      @Override
      public MaskRule maskRule() {
        return network.maskRule();
      }
    };
  }

  /** Samples that are stored as the forward process takes them. */
  private static final class AsStored implements SampleSource {
    @Override
    public int size() {
      return 1;
    }

    @Override
    public int[] labels() {
      return new int[1];
    }

    @Override
    public long[] shape(int count) {
      throw new UnsupportedOperationException("given");
    }

    @Override
    public boolean slow() {
      return false;
    }

    @Override
    public Tensor batch(int[] indices) {
      throw new UnsupportedOperationException("given");
    }

    @Override
    public Tensor mirrored(Tensor stored, Tensor which) {
      throw new UnsupportedOperationException("given");
    }

    @Override
    public Tensor x0(Tensor stored, Compute compute) {
      return stored;
    }
  }
}
