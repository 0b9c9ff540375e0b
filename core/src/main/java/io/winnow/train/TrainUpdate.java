package io.winnow.train;

import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.Passes;
import io.winnow.diffusion.SampleLosses;
import io.winnow.diffusion.StepDraw;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.optim.Ema;
import io.winnow.optim.GradientClip;
import io.winnow.optim.Optimizer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One optimiser step, in the order of the reference code (ddpm.md, section 5): clear gradients,
 * loss, backward, clip by the global norm, optimiser, moving average. Nothing here waits for the
 * device.
 */
final class TrainUpdate implements AutoCloseable {
  private final Denoiser denoiser;
  private final Parameterized network;
  private final TrainingObjective objective;
  private final SampleSource samples;
  private final TrainConfig config;
  private final LossWeighting weighting;
  private final Compute compute;
  private final RandomStreams random;
  private final Optimizer optimizer;
  private final Ema ema;
  private final GradientClip clip;
  private final boolean clips; // else the norm is measured alone

  TrainUpdate(
      Denoiser denoiser,
      Parameterized network,
      TrainingObjective objective,
      Optimizer optimizer,
      SampleSource samples,
      TrainConfig config,
      LossWeighting weighting,
      Compute compute,
      RandomStreams random) {
    this.denoiser = denoiser;
    this.network = network;
    this.objective = objective;
    this.samples = samples;
    this.config = config;
    this.weighting = weighting;
    this.compute = compute;
    this.random = random;
    this.optimizer = optimizer;
    this.ema = new Ema(averaged(network), config.emaRule(), config.ema());
    GradientClip given = config.clip();
    this.clips = given != null;
    this.clip = clips ? given : new GradientClip(Double.POSITIVE_INFINITY);
  }

  /** Parameters and floating-point buffers: what the average covers. */
  private static Map<String, Tensor> averaged(Parameterized network) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(network.parameters());
    network
        .buffers()
        .forEach(
            (name, buffer) -> {
              if (buffer.is_floating_point()) {
                tensors.put(name, buffer);
              }
            });
    return tensors;
  }

  /** Averaged weights, and the integer buffers as they are. */
  Map<String, Tensor> averagedState() {
    Map<String, Tensor> state = new LinkedHashMap<>(network.buffers());
    state.putAll(ema.weights());
    return Collections.unmodifiableMap(state);
  }

  /** What a checkpoint holds. */
  Checkpoints.Live live() {
    Map<String, Tensor> weights = new LinkedHashMap<>(network.parameters());
    weights.putAll(network.buffers());
    return new Checkpoints.Live(weights, ema.weights(), optimizer);
  }

  /** Frees the average and the clip; optimiser and network stay whose they are. */
  @Override
  public void close() {
    ema.close();
    clip.close();
  }

  /** One step. */
  void step(StepInputs inputs, double learningRate, boolean weighted, LossMeter tally) {
    try (Scope scope = Scope.open()) {
      Tensor loss = differentiated(inputs, weighted); // []
      TensorGroup gradients = optimizer.gradients();
      Tensor norm = clip.norm(gradients); // []
      Tensor skip = norm.isfinite().logical_not().to(torch.ScalarType.Float); // []
      optimizer.step(gradients, learningRate, clips ? clip.divisor(norm) : null, skip);
      ema.update(inputs.step() + 1);
      tally.add(loss, norm, skip);
    }
  }

  /** Loss of the batch, [], and with it the gradients, those of this step alone. */
  Tensor differentiated(StepInputs inputs, boolean weighted) {
    List<TrainStep> parts = parts(inputs);
    optimizer.clearGradients();
    return weighted && weighting.watches()
        ? watchedBackward(parts, inputs)
        : backward(parts, coefficients(inputs, weighted));
  }

  /** Noisy inputs on the device, split into micro-batches. */
  private List<TrainStep> parts(StepInputs inputs) {
    Tensor x0 = samples.x0(compute.sent(inputs.stored()), compute); // [B, C, H, W] in [-1, 1]
    StepDraw draw = inputs.draw().map(eps -> compute.images(compute.sent(eps)), compute::sent);
    Passes passes = objective.passes(x0, draw);
    int batch = inputs.size();
    int micro = config.microBatch() == null ? batch : config.microBatch();
    List<TrainStep> parts = new ArrayList<>();
    for (int from = 0; from < batch; from += micro) {
      int size = Math.min(micro, batch - from);
      parts.add(
          new TrainStep(
              inputs.step(),
              passes.narrow(from, size),
              Arrays.copyOfRange(inputs.groups(), from, from + size),
              Arrays.copyOfRange(inputs.indices(), from, from + size)));
    }
    return parts;
  }

  /**
   * Losses per sample of one micro-batch, [b], float32. Dropout masks depend on the place alone.
   */
  private SampleLosses losses(TrainStep part, int place) {
    torch.manual_seed(random.bits("train.dropout", part.step(), place));
    Passes.Answers answers;
    try (Compute.Autocast region = compute.autocast()) {
      answers = part.passes().ask(denoiser);
    }
    return objective.losses(answers, part.passes());
  }

  /** Backward through all parts with given coefficients, [B]; the loss of the batch, []. */
  private Tensor backward(List<TrainStep> parts, Tensor coefficients) {
    Tensor total = null;
    long from = 0;
    for (int place = 0; place < parts.size(); place++) {
      Tensor losses = losses(parts.get(place), place).trained(); // [b]
      Tensor loss = backward(losses, coefficients.narrow(0, from, losses.size(0)));
      total = total == null ? loss : total.add_(loss);
      from += losses.size(0);
    }
    return total;
  }

  private Tensor backward(Tensor losses, Tensor coefficients) {
    Tensor loss = losses.mul(coefficients).sum();
    loss.backward();
    network.recomputedBackward(this::inPrecision);
    return loss.detach();
  }

  private Tensor inPrecision(Supplier<Tensor> part) {
    try (Compute.Autocast region = compute.autocast()) {
      return part.get();
    }
  }

  /**
   * As {@link #backward}, with coefficients that depend on the losses of this very step. A whole
   * batch needs one forward pass; micro-batches need a first pass without gradients, so that the
   * split changes nothing but rounding.
   */
  private Tensor watchedBackward(List<TrainStep> parts, StepInputs inputs) {
    if (parts.size() == 1) {
      SampleLosses losses = losses(parts.get(0), 0); // [B]
      watch(parts.get(0), losses);
      weighting.update();
      return backward(losses.trained(), coefficients(inputs, true));
    }
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int place = 0; place < parts.size(); place++) {
        try (Scope scope = Scope.open()) {
          watch(parts.get(place), losses(parts.get(place), place));
        }
      }
    }
    weighting.update();
    return backward(parts, coefficients(inputs, true));
  }

  /** Shows losses to the weighting, in the precision that they were made in. */
  private void watch(TrainStep part, SampleLosses losses) {
    try (Compute.Autocast region = compute.autocast()) {
      weighting.watch(part, losses.detach());
    }
  }

  /** Those of the weighting times those of the curriculum, [B], float32. */
  private Tensor coefficients(StepInputs inputs, boolean weighted) {
    if (!weighted || !weighting.watches()) {
      return compute.sent(inputs.coefficients());
    }
    Tensor given = weighting.coefficients(inputs.groups(), compute.device()); // [B], float64
    Tensor weights = inputs.weights();
    return (weights == null ? given : given.mul(compute.sent(weights))).to(torch.ScalarType.Float);
  }
}
