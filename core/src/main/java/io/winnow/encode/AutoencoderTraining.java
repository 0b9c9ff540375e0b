package io.winnow.encode;

import io.winnow.diffusion.Pixels;
import io.winnow.files.AtomicFolder;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.model.vae.Posterior;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Optimizer;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import io.winnow.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a small {@link AutoencoderKl} on a data set. Loss: reconstruction of a latent drawn from
 * the posterior, plus {@code klWeight} times the divergence of the posterior from the standard
 * normal, both summed over an image as in latent diffusion (Rombach et al., 2022,
 * ldm/modules/losses/contperceptual.py), here divided by the number of its values.
 *
 * <p>Orders, mirror images and noise are functions of (seed, update), so an interrupted training
 * that goes on from its last checkpoint ends in the same bytes as an undisturbed one.
 */
public final class AutoencoderTraining implements AutoCloseable {
  private static final String TASK = "autoencoder";
  private static final long CHECKPOINT_NANOS = 30_000_000_000L;

  /** Updates between two readings of the loss. */
  private static final int REPORT_STEPS = 20;

  /** Images that the scale of the latents and the reconstruction are measured on. */
  private static final int MEASURED = 512;

  private static final int SUMS = 6;
  private static final Scalar HALF = Tensors.constant(0.5);

  private final AutoencoderTask task;
  private final AutoencoderConfig config;
  private final Compute compute;
  private final Path state;
  private final RandomStreams random;
  private final AutoencoderKl vae;
  private final Optimizer optimizer;
  private long step;
  private int[] order; // of the epoch at hand
  private long epoch = -1;

  private AutoencoderTraining(AutoencoderTask task, Compute compute, Path state) {
    this.task = task;
    this.config = task.config();
    this.compute = compute;
    this.state = state;
    random = RandomStreams.of(task.seed());
    vae = new AutoencoderKl(config.shape(task.images().height(), 1));
    vae.initAsTorch(random.bits("autoencoder.init"));
    compute.place(vae);
    optimizer = Adam.coupled(vae.parameters(), AdamConfig.DEFAULT);
  }

  /**
   * Trains, or goes on, or returns what is already there, and writes the autoencoder with its
   * scaling factor.
   *
   * @param folder of the result: a folder of an AutoencoderKL of diffusers, and {@code
   *     training.json}; appears when it is whole
   * @param state file of the checkpoint until then
   * @param stop asked after every update
   * @throws Interrupted when {@code stop} says so; the same call goes on
   * @throws IllegalArgumentException when the images do not fit or the loss diverges
   */
  public static AutoencoderRecord run(
      AutoencoderTask task,
      Compute compute,
      Path folder,
      Path state,
      Progress progress,
      BooleanSupplier stop) {
    requireFits(task);
    if (AutoencoderRecord.isOf(folder, task)) {
      return AutoencoderRecord.read(folder);
    }
    compute.apply();
    try (AutoencoderTraining training = new AutoencoderTraining(task, compute, state)) {
      training.train(progress, stop);
      AutoencoderRecord record = training.measured();
      AtomicFolder.write(folder, temporary -> training.write(temporary, record));
      Files.deleteIfExists(state);
      return record;
    } catch (IOException e) {
      throw new UncheckedIOException(state + ": could not be deleted", e);
    }
  }

  private static void requireFits(AutoencoderTask task) {
    int side = task.images().height();
    int factor = task.config().shape(side, 1).factor();
    if (task.images().width() != side || side % factor != 0) {
      throw new IllegalArgumentException(
          "latents.training.channels: %d levels halve the sides to 1/%d, but images have %d x %d pixels;"
                  .formatted(task.config().channels().size(), factor, side, task.images().width())
              + " expected a square of a multiple of %d. Set dataset.size.".formatted(factor));
    }
  }

  private void train(Progress progress, BooleanSupplier stop) {
    restore();
    vae.train(true);
    progress.begin(TASK, "updates", config.steps(), step);
    long saved = System.nanoTime();
    try {
      while (step < config.steps()) {
        boolean reports = (step + 1) % REPORT_STEPS == 0 || step + 1 == config.steps();
        double loss = update(reports);
        step++;
        progress.step(step, reports ? String.format(Locale.ROOT, "loss %.4f", loss) : "");
        boolean stopping = step < config.steps() && stop.getAsBoolean();
        if (stopping || System.nanoTime() - saved > CHECKPOINT_NANOS) {
          save();
          saved = System.nanoTime();
        }
        if (stopping) {
          throw new Interrupted(TASK);
        }
      }
    } finally {
      progress.end();
    }
  }

  /** Half a cosine from the configured rate to 0. */
  private double learningRate() {
    return 0.5 * config.learningRate() * (1 + Math.cos(Math.PI * step / config.steps()));
  }

  /** One update; its loss where it is read, else NaN. */
  private double update(boolean read) {
    try (Scope scope = Scope.open()) {
      Tensor x = images(batch()); // [B, 3, S, S]
      Tensor loss;
      try (Compute.Autocast region = compute.autocast()) {
        Posterior posterior = vae.encode(x);
        Tensor mean = posterior.mean(); // [B, Z, H, W]
        Tensor noise = compute.sent(random.normal(mean.shape(), "autoencoder.noise", step));
        Tensor decoded = vae.decode(posterior.sample(noise)); // [B, 3, S, S]
        loss = loss(decoded.to(torch.ScalarType.Float), x, posterior, config); // []
      }
      optimizer.clearGradients();
      loss.backward();
      optimizer.step(optimizer.gradients(), learningRate());
      return read ? finite(loss.detach().item_double()) : Double.NaN;
    }
  }

  /**
   * Mean over the batch of reconstruction plus weighted divergence, both by value of the image.
   *
   * @param decoded of latents drawn from the posterior, [B, 3, S, S], float32
   * @param x images, [B, 3, S, S], float32, in [-1, 1]
   * @return []
   */
  static Tensor loss(Tensor decoded, Tensor x, Posterior posterior, AutoencoderConfig config) {
    Tensor difference = decoded.sub(x);
    Tensor error =
        (config.reconstruction() == AutoencoderConfig.Reconstruction.L1
                ? difference.abs()
                : difference.square())
            .mean(); // []
    Scalar weight = new Scalar(config.klWeight() / x.numel());
    return error.add(divergences(posterior).sum().mul(weight));
  }

  /** KL(q || N(0, 1)) of every cell: (mean^2 + var - 1 - logvar) / 2, [B, Z, H, W], float32. */
  private static Tensor divergences(Posterior posterior) {
    Tensor mean = posterior.mean().to(torch.ScalarType.Float);
    Tensor logvar = posterior.logvar().to(torch.ScalarType.Float);
    return mean.square().add(logvar.exp()).sub(new Scalar(1.0)).sub(logvar).mul(HALF);
  }

  private double finite(double loss) {
    if (!Double.isFinite(loss)) {
      throw new IllegalArgumentException(
          "autoencoder: the loss is %s at update %d; expected a finite number. Lower"
                  .formatted(loss, step + 1)
              + " latents.training.learningRate, %s now.".formatted(config.learningRate()));
    }
    return loss;
  }

  /** The images of the update at hand: epochs in random orders, last batches as they come. */
  private int[] batch() {
    int n = task.images().size();
    int perEpoch = (n + config.batch() - 1) / config.batch();
    if (step / perEpoch != epoch) {
      epoch = step / perEpoch;
      order = random.permutation(n, "autoencoder.order", epoch);
    }
    int from = (int) (step % perEpoch) * config.batch();
    return Arrays.copyOfRange(order, from, Math.min(n, from + config.batch()));
  }

  private Tensor images(int[] indices) {
    Tensor stored = task.images().batch(indices); // [B, 3, S, S], uint8
    if (task.mirrored()) {
      GeneratorOptional draws = new GeneratorOptional(random.generator("autoencoder.flip", step));
      TensorOptions options = new TensorOptions(torch.ScalarType.Float);
      Tensor which = torch.rand(new long[] {indices.length}, draws, options).lt(HALF); // [B]
      stored = torch.where(which.view(-1, 1, 1, 1), stored.flip(3), stored);
    }
    return compute.images(Pixels.fromUint8(compute.sent(stored)));
  }

  /** Numbers of the finished autoencoder, in evaluation mode. */
  private AutoencoderRecord measured() {
    vae.train(false);
    int n = Math.min(MEASURED, task.images().size());
    int[] sample =
        Arrays.copyOf(random.permutation(task.images().size(), "autoencoder.measured"), n);
    double[] sums = new double[SUMS];
    for (int from = 0; from < n; from += config.batch()) {
      int[] part = Arrays.copyOfRange(sample, from, Math.min(n, from + config.batch()));
      double[] add = sums(part);
      Arrays.setAll(sums, i -> sums[i] + add[i]);
    }
    double values = (double) n * 3 * task.images().height() * task.images().width();
    double mean = sums[0] / sums[5];
    return new AutoencoderRecord(
        config,
        task.seed(),
        task.identity(),
        task.mirrored(),
        n,
        Math.sqrt(sums[1] / sums[5] - mean * mean),
        sums[2] / values,
        10 * Math.log10(4 / (sums[3] / values)),
        sums[4] / n);
  }

  /**
   * Sums over images: E z, E z^2 of latents drawn from the posteriors, absolute and squared errors
   * of the reconstructions by the means, divergences, and how many values a latent has.
   */
  private double[] sums(int[] indices) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor x = compute.images(Pixels.fromUint8(compute.sent(task.images().batch(indices))));
      Posterior posterior = vae.encode(x);
      Tensor mean = posterior.mean().to(torch.ScalarType.Double); // [B, Z, H, W]
      Tensor squares = mean.square().add(posterior.logvar().to(torch.ScalarType.Double).exp());
      Tensor error = vae.decode(posterior.mean()).sub(x).to(torch.ScalarType.Double);
      return new double[] {
        mean.sum().item_double(),
        squares.sum().item_double(),
        error.abs().sum().item_double(),
        error.square().sum().item_double(),
        divergences(posterior).to(torch.ScalarType.Double).sum().item_double(),
        mean.numel()
      };
    }
  }

  /** The scale is 1 over the latents' standard deviation, as latent diffusion measures it. */
  private void write(Path target, AutoencoderRecord record) {
    AutoencoderKlConfig shape = config.shape(task.images().height(), 1 / record.latentStd());
    try (AutoencoderKl scaled = new AutoencoderKl(shape)) {
      StateDict.load(scaled.state(), vae.state(), "autoencoder");
      scaled.write(target);
    }
    Json.write(target.resolve(AutoencoderRecord.FILE), record);
  }

  private String key() {
    return Sha256.of(
        Json.string(config) + task.seed() + task.identity() + task.mirrored() + compute.bf16());
  }

  private void save() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    vae.state().forEach((name, tensor) -> tensors.put("network." + name, tensor));
    tensors.putAll(optimizer.state());
    Map<String, String> position = new LinkedHashMap<>();
    position.put("key", key());
    position.put("step", Long.toString(step));
    Safetensors.write(state, tensors, position);
  }

  private void restore() {
    if (!Files.isRegularFile(state)) {
      return;
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Safetensors.Reader reader = Safetensors.open(state)) {
      if (!key().equals(reader.metadata().get("key"))) {
        return;
      }
      vae.state().forEach((name, t) -> t.copy_(reader.tensor("network." + name)));
      optimizer.state().forEach((name, t) -> t.copy_(reader.tensor(name)));
      step = Long.parseLong(reader.metadata().get("step"));
    }
  }

  @Override
  public void close() {
    optimizer.close();
    vae.close();
  }
}
