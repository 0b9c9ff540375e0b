package io.winnow.bench;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Noised;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionConfig;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EarlyEma;
import io.winnow.optim.Ema;
import io.winnow.optim.GradientClip;
import io.winnow.optim.Optimizer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * A training step of Stable Diffusion's U-Net at another width ({@code --width}, 320 as published)
 * on latents of {@code --cells} and texts of 77 tokens of 768: forward, backward, clip, AdamW, EMA.
 * {@code --checkpointing 1} forgets activations and computes them anew. The line has the largest
 * resident size, weights and states of the optimiser included. Its peer is {@code
 * bench/peer_sd_train.py}.
 */
public final class SdTrainBench {
  private static final int TOKENS = 77;
  private static final int TEXT = 768;

  private final UNet2dCondition net;
  private final Objective objective =
      Objective.eps(new NoiseSchedule(new ScheduleConfig.ScaledLinear(1000, 0.00085, 0.012)));
  private final Optimizer optimizer;
  private final GradientClip clip = new GradientClip(1);
  private final Ema ema;
  private final int batch;
  private final int cells;
  private long steps;
  private double lastLoss;

  private SdTrainBench(Arguments arguments, Compute compute) {
    net = new UNet2dCondition(config(arguments.number("width", 64)));
    net.initAsTorch(0);
    net.checkpointing(arguments.number("checkpointing", 0) == 1);
    compute.place(net);
    optimizer = Adam.decoupled(net.parameters(), new AdamConfig(0.9, 0.999, 1e-8, 0.01));
    ema = new Ema(net.parameters(), new EarlyEma(0.9999));
    batch = arguments.number("batch", 4);
    cells = arguments.number("cells", 32);
  }

  /** That of version 1-4, whose width is 320. */
  private static UNet2dConditionConfig config(int width) {
    return new UNet2dConditionConfig(
        64,
        64,
        4,
        4,
        false,
        null,
        0,
        true,
        List.of(width, 2 * width, 4 * width, 4 * width),
        List.of(true, true, true, false),
        List.of(false, true, true, true),
        Collections.nCopies(4, 2),
        Collections.nCopies(4, 8),
        Collections.nCopies(4, 1),
        Collections.nCopies(4, TEXT),
        false,
        1,
        1,
        0,
        32,
        1e-5);
  }

  public static void main(String[] args) {
    Set<String> known =
        Set.of("width", "cells", "batch", "checkpointing", "threads", "steps", "warmup", "clock");
    Arguments arguments = new Arguments(args, known);
    int threads = arguments.number("threads", 1);
    Compute compute = Compute.of(new ComputeConfig("cpu", "float32", Integer.toString(threads)));
    compute.apply();
    SdTrainBench bench = new SdTrainBench(arguments, compute);
    double before = Line.residentMegabytes();
    int warmup = arguments.number("warmup", 1);
    double[] seconds =
        Line.timed(warmup, arguments.number("steps", 3), bench::step, arguments.clock());
    new Line("sd_train", threads, warmup, seconds, bench.batch)
        .text("dtype", "float32")
        .number("width", arguments.number("width", 64))
        .number("cells", bench.cells)
        .number("checkpointing", arguments.number("checkpointing", 0))
        .number("parameters", (double) bench.net.parameterCount())
        .number("resident_before_mb", before)
        .number("loss_last", bench.lastLoss)
        .print();
  }

  private void step() {
    RandomStreams random = RandomStreams.of(1);
    try (Scope scope = Scope.open()) {
      Tensor x0 = random.normal(new long[] {batch, 4, cells, cells}, "x0", steps);
      Tensor states = random.normal(new long[] {batch, TOKENS, TEXT}, "texts", steps);
      Tensor eps = random.normal(new long[] {batch, 4, cells, cells}, "eps", steps);
      Condition told = Condition.ofPrompts(states, states.narrow(0, 0, 1));
      Tensor t = objective.times(random, steps, batch);
      Noised noised = objective.noised(x0, told, t, eps);
      optimizer.clearGradients();
      Tensor loss = objective.loss(noised.ask(net), noised).mean();
      loss.backward();
      net.recomputedBackward(part -> part.get());
      TensorGroup gradients = optimizer.gradients();
      Tensor norm = clip.norm(gradients);
      optimizer.step(gradients, 1e-5, clip.divisor(norm), null);
      ema.update(++steps);
      lastLoss = loss.item_double();
    }
  }
}
