package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What every sample costs a network at one level of noise: the loss by which networks are compared,
 * without flips and without dropped labels. All samples get the same noise, a function of the seed
 * and the level, so that their losses differ by the samples alone.
 */
public final class LevelLosses {
  private static final int BATCH = 128;

  private final SampleSource samples;
  private final Conditioning told;
  private final Compute compute;
  private final RandomStreams random;

  /**
   * @param told what a network is told about the samples; null for one that is told nothing
   */
  public LevelLosses(
      SampleSource samples, @OrNull Conditioning told, Compute compute, RandomStreams random) {
    this.samples = samples;
    this.told = told;
    this.compute = compute;
    this.random = random;
  }

  /**
   * Asks a network about all samples.
   *
   * @param network on the device, in evaluation mode
   * @param level in [0, 1)
   * @param before asked before every batch, with the number of samples done
   * @return [N]
   */
  public double[] of(
      Denoiser network, TrainingObjective objective, double level, IntConsumer before) {
    double[] losses = new double[samples.size()];
    int[] labels = samples.labels();
    for (int first = 0; first < losses.length; first += BATCH) {
      before.accept(first);
      int[] indices = IntStream.range(first, Math.min(first + BATCH, losses.length)).toArray();
      int[] own = Arrays.copyOfRange(labels, first, first + indices.length);
      double[] found = batch(network, objective, level, indices, own);
      System.arraycopy(found, 0, losses, first, found.length);
    }
    return losses;
  }

  private double[] batch(
      Denoiser network, TrainingObjective objective, double level, int[] indices, int[] labels) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor stored = samples.drawn(samples.batch(indices), random, 0);
      Tensor x0 = samples.x0(compute.sent(stored), compute); // [B, C, H, W]
      long[] shape = samples.shape(1);
      Tensor one = random.normal(shape, "losses.noise", Double.doubleToLongBits(level));
      Tensor eps = compute.images(compute.sent(one).expand_as(x0)); // [B, C, H, W]
      Condition condition =
          told == null ? Condition.none() : told.of(indices, labels).map(compute::sent);
      try (Compute.Autocast region = compute.autocast()) {
        return Tensors.doubles(
            objective.compared(network, objective.passes(x0, condition, level, eps)));
      }
    }
  }
}
