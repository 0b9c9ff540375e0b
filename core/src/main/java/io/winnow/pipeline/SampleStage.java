package io.winnow.pipeline;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.PerImageNoise;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Draws samples. Sample i depends on the seed, on i and on its class alone: its noise is its own
 * stream, so a resumed run and another batch size draw the same samples, up to the rounding of the
 * network's batches.
 */
final class SampleStage {
  private final SampleConfig config;
  private final List<String> classes;
  private final int[] labels;
  private final long seed;
  private final SampleSpace space;
  private final Function<long[], Condition> told;
  private final Device device;

  /**
   * @param classes K names in label order; the network's null class is K. None for a network
   *     without classes
   * @param labels class of every sample, [N]; [0] without classes
   * @param told what samples of these labels are told, on the CPU, given {@code [B]}
   */
  SampleStage(
      SampleConfig config,
      List<String> classes,
      int[] labels,
      long seed,
      SampleSpace space,
      Function<long[], Condition> told,
      Device device) {
    this.config = config;
    this.classes = List.copyOf(classes);
    this.labels = labels.clone();
    this.seed = seed;
    this.space = space;
    this.told = told;
    this.device = device;
  }

  /**
   * Draws what is missing and writes the whole set.
   *
   * @param network in evaluation mode
   * @param parts folder of finished batches
   * @param target folder of the samples, or the {@code .npz} file
   * @throws Interrupted after a whole batch, when {@code stop} says so
   */
  void run(
      Denoiser network,
      SchedulerConfig scheduler,
      Path parts,
      Path target,
      Progress listener,
      BooleanSupplier stop) {
    SampleStore store =
        new SampleStore(
            parts, config.count(), config.batch(), space.imageHeight(), space.imageWidth());
    Denoiser guided = config.guided(network, scheduler, space.channels(), classes.size());
    Sampler sampler = config.sampler().sampler(scheduler);
    int had = 0;
    while (had < store.batches() && store.has(had)) {
      had++;
    }
    listener.begin("sample", "images", config.count(), (long) had * config.batch());
    try {
      for (int index = had; index < store.batches(); index++) {
        if (stop.getAsBoolean()) {
          throw new Interrupted("sample");
        }
        long[] numbers = store.numbers(index);
        store.put(index, draw(sampler, guided, numbers));
        listener.step(numbers[numbers.length - 1] + 1, "");
      }
    } finally {
      listener.end();
    }
    write(store, target);
    Leftovers.delete(parts);
  }

  /** One batch, uint8, [B, 3, H, W]. */
  private byte[] draw(Sampler sampler, Denoiser denoiser, long[] numbers) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      PerImageNoise noise = new PerImageNoise(RandomStreams.of(seed), numbers);
      Tensor first = noise.initial(space.channels(), space.height(), space.width());
      Tensor xT = Tensors.sent(first, device); // [B, C, H, W]
      Tensor x0 = sampler.sample(denoiser, xT, condition(numbers), noise, step -> {});
      return space.bytes(x0, config.sampler().rule());
    }
  }

  private Condition condition(long[] numbers) {
    return classes.isEmpty()
        ? Condition.none()
        : told.apply(labels(numbers)).map(tensor -> Tensors.sent(tensor, device));
  }

  /** How many samples each class gets, in label order. */
  Map<String, Integer> countByClass() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    classes.forEach(name -> counts.put(name, 0));
    for (int label : labels) {
      counts.merge(classes.get(label), 1, Integer::sum);
    }
    return counts;
  }

  private long[] labels(long[] numbers) {
    return LongStream.of(numbers).map(number -> labels[(int) number]).toArray();
  }

  private void write(SampleStore store, Path target) {
    if (config.format() == SampleConfig.Format.PNG && classes.isEmpty()) {
      store.writePngs(target);
    } else if (config.format() == SampleConfig.Format.PNG) {
      store.writePngs(classes, labels, target);
    } else {
      store.writeNpz(labels(LongStream.range(0, labels.length).toArray()), target);
    }
  }
}
