package io.winnow.encode;

import io.winnow.data.ImageSource;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.optim.Optimizer;
import io.winnow.optim.Sgd;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * One training of a classifier on some of the images: all of them for the encoder, all but one part
 * for a fold. Goes on from its checkpoint, and counts what it classifies rightly.
 */
final class ClassifierFit implements AutoCloseable {
  private static final long CHECKPOINT_NANOS = 30_000_000_000L;

  /** Updates between two readings of the loss from a device; the CPU's is read at every one. */
  private static final int REPORT_STEPS = 50;

  private static final torch.ScalarType DOUBLE = torch.ScalarType.Double;
  private static final LongOptional CLASSES = Scope.immortal(new LongOptional(1));
  private static final long MEAN = 1;
  private static final long NO_IGNORED_CLASS = -100;

  /**
   * What decides the weights.
   *
   * @param indices of the images that are learned from, ascending
   * @param streams of initialisation, orders, crops and flips
   * @param key of everything else, so that a checkpoint of other settings is not gone on with
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Task(
      ImageSource images,
      int[] indices,
      int classCount,
      ClassifierConfig config,
      RandomStreams streams,
      String key) {}

  private final Task task;
  private final ClassifierConfig config;
  private final Device device;
  private final Path state;
  private final int[] labels;
  private final Normalization normalization;
  private final CifarResNet18 network;
  private final Optimizer optimizer;
  private final Tensor losses; // of the last update, mean of the epoch so far; [2], on the device
  private long step;
  private double epochLoss;
  private double lastLoss = Double.NaN;

  /**
   * @param state file of the checkpoint
   */
  ClassifierFit(Task task, Device device, Path state) {
    this.task = task;
    this.config = task.config();
    this.device = device;
    this.state = state;
    labels = task.images().labels();
    normalization = ImageStatistics.of(task.images(), task.indices());
    network = new CifarResNet18(config.width(), task.classCount());
    network.initialise(task.streams());
    network.to(device);
    network.channelsLast();
    optimizer = new Sgd(network.parameters(), config.rule());
    try (Scope scope = Scope.open()) {
      losses = Scope.immortal(torch.zeros(2).to(device, DOUBLE));
    }
  }

  Normalization normalization() {
    return normalization;
  }

  /** Mean cross-entropy of the last epoch. */
  double epochLoss() {
    return epochLoss;
  }

  /** Updates so far. */
  long step() {
    return step;
  }

  /** Updates of the whole training. */
  long steps() {
    return steps(task.indices().length, config);
  }

  /** Updates of a training on n images. */
  static long steps(int n, ClassifierConfig config) {
    return (long) config.epochs() * stepsPerEpoch(n, config);
  }

  /**
   * Trains to the end, from the checkpoint if there is one.
   *
   * @param losses told the loss of every update's batch, after the update
   * @param stop asked after every update
   * @return whether it came to the end
   */
  boolean run(DoubleConsumer losses, BooleanSupplier stop) {
    restore();
    network.train(true);
    long savedNanos = System.nanoTime();
    int perEpoch = stepsPerEpoch(task.indices().length, config);
    int[] order = null;
    int reportSteps = device.is_cpu() ? 1 : REPORT_STEPS;
    while (step < steps()) {
      int epoch = Math.toIntExact(step / perEpoch);
      int within = Math.toIntExact(step % perEpoch);
      if (order == null || within == 0) {
        order = task.streams().permutation(task.indices().length, "classifier.order", epoch);
      }
      int[] batch = batch(order, within, within == perEpoch - 1);
      update(batch, epoch, learningRate(), within);
      step++;
      if (step == steps() || step % reportSteps == 0) {
        read();
      }
      losses.accept(lastLoss);
      boolean stopping = step < steps() && stop.getAsBoolean();
      if (stopping || System.nanoTime() - savedNanos > CHECKPOINT_NANOS) {
        read();
        save();
        savedNanos = System.nanoTime();
      }
      if (stopping) {
        return false;
      }
    }
    return true;
  }

  /** Half a cosine from the configured rate to 0, update by update. */
  private double learningRate() {
    return 0.5 * config.learningRate() * (1 + Math.cos(Math.PI * step / steps()));
  }

  /** A last batch of one image joins the one before it, as batch norms need several. */
  private static int stepsPerEpoch(int n, ClassifierConfig config) {
    int whole = n / config.batch();
    return Math.max(1, n % config.batch() >= 2 ? whole + 1 : whole);
  }

  private int[] batch(int[] order, int within, boolean last) {
    int from = within * config.batch();
    int to = last ? order.length : from + config.batch();
    return Arrays.stream(order, from, to).map(i -> task.indices()[i]).toArray();
  }

  /**
   * One update; its loss, and the mean over the epoch so far, stay on the device until they are
   * read. One that is not finite makes the mean so for the rest of the epoch.
   */
  private void update(int[] indices, int epoch, double rate, int within) {
    try (Scope scope = Scope.open()) {
      Augmentation augmentation =
          new Augmentation(config.cropPadding(), config.flip(), normalization, task.streams());
      Tensor x = augmentation.apply(task.images().batch(indices), indices, epoch); // [B, 3, S, S]
      Tensor logits = network.logits(network.features(onDevice(x))); // [B, K]
      Tensor loss = loss(logits, targets(indices), config.labelSmoothing()); // scalar
      optimizer.clearGradients();
      loss.backward();
      optimizer.step(optimizer.gradients(), rate);
      note(loss.detach().to(DOUBLE), within);
    }
  }

  private void note(Tensor loss, int within) {
    try (NoGradGuard guard = new NoGradGuard()) {
      losses.select(0, 0).copy_(loss);
      Tensor mean = losses.select(0, 1);
      if (within == 0) {
        mean.copy_(loss);
      } else {
        mean.add_(loss.sub(mean).div(new Scalar(within + 1.0)));
      }
    }
  }

  /** Reads what the updates noted; waits for the device. */
  private void read() {
    double[] values = Tensors.doubles(losses);
    lastLoss = values[0];
    epochLoss = values[1];
    if (!Double.isFinite(lastLoss) || !Double.isFinite(epochLoss)) {
      throw new IllegalArgumentException(
          "classifier: the loss is %s at update %d; expected a finite number. Lower the learning"
                  .formatted(Double.isFinite(lastLoss) ? epochLoss : lastLoss, step)
              + " rate, %s now.".formatted(config.learningRate()));
    }
  }

  /** Cross-entropy of logits [B, K] to class indices [B], averaged over the batch. */
  static Tensor loss(Tensor logits, Tensor targets, double labelSmoothing) {
    return torch.cross_entropy_loss(
        logits, targets, new TensorOptional(), MEAN, NO_IGNORED_CLASS, labelSmoothing);
  }

  private Tensor onDevice(Tensor x) {
    return Tensors.sent(x, device).contiguous(torch.MemoryFormat.ChannelsLast);
  }

  private Tensor targets(int[] indices) {
    long[] targets = Arrays.stream(indices).mapToLong(i -> labels[i]).toArray();
    return Tensors.sent(Tensors.of(targets, targets.length), device);
  }

  /**
   * How many images are classified as their labels say, in evaluation mode, neither cut nor
   * mirrored.
   *
   * @param images with labels of the classes that were learned
   * @param indices which of them
   */
  int right(ImageSource images, int[] indices) {
    int[] truth = images.labels();
    Augmentation none = new Augmentation(0, false, normalization, task.streams());
    network.train(false);
    Tensor right = rightSoFar(); // []
    for (int from = 0; from < indices.length; from += config.batch()) {
      int[] part =
          Arrays.copyOfRange(indices, from, Math.min(indices.length, from + config.batch()));
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor x = none.apply(images.batch(part), part, 0); // [B, 3, S, S]
        Tensor logits = network.logits(network.features(onDevice(x))); // [B, K]
        Tensor seen = logits.argmax(CLASSES, false); // [B]
        int[] expected = Arrays.stream(part).map(i -> truth[i]).toArray();
        right.add_(seen.eq(Tensors.sent(Tensors.ofInts(expected), device)).sum());
      }
    }
    try (right) {
      return Math.toIntExact(Tensors.longs(right)[0]);
    }
  }

  private Tensor rightSoFar() {
    try (Scope scope = Scope.open()) {
      return Scope.immortal(Tensors.of(new long[] {0}, 1).to(device, torch.ScalarType.Long));
    }
  }

  /** Writes the network's weights. */
  void write(Path file) {
    Safetensors.write(file, network.state(), Map.of("format", "pt"));
  }

  /** Writes the checkpoint. */
  void save() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network.state().forEach((name, tensor) -> tensors.put("network." + name, tensor));
    tensors.putAll(optimizer.state());
    Map<String, String> position = new LinkedHashMap<>();
    position.put("key", task.key());
    position.put("optimizer", optimizer.kind());
    position.put("step", Long.toString(step));
    position.put("epochLoss", Double.toHexString(epochLoss));
    Safetensors.write(state, tensors, position);
  }

  private void restore() {
    if (!Files.isRegularFile(state)) {
      return;
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Safetensors.Reader reader = Safetensors.open(state)) {
      if (!task.key().equals(reader.metadata().get("key"))) {
        return;
      }
      network.state().forEach((name, t) -> t.copy_(reader.tensor("network." + name)));
      optimizer.state().forEach((name, t) -> t.copy_(reader.tensor(name)));
      step = Long.parseLong(reader.metadata().get("step"));
      epochLoss = Double.parseDouble(reader.metadata().get("epochLoss"));
      losses.copy_(Tensors.of(new double[] {Double.NaN, epochLoss}, 2));
    }
  }

  /** Deletes the checkpoint. */
  void forget() {
    forget(state);
  }

  /** Deletes a checkpoint. */
  static void forget(Path state) {
    try {
      Files.deleteIfExists(state);
    } catch (IOException e) {
      throw new UncheckedIOException(state + ": could not be deleted", e);
    }
  }

  @Override
  public void close() {
    optimizer.close();
    losses.close();
    network.close();
  }
}
