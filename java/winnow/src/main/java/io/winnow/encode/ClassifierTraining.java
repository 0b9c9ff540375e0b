package io.winnow.encode;

import io.winnow.artifact.Json;
import io.winnow.data.ImageSource;
import io.winnow.files.Sha256;
import io.winnow.model.resnet.CifarResNet18;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains {@link CifarResNet18} on a data set, so that the data set needs no foreign encoder. The
 * paper gives no detail of its ResNet-18; the recipe is that of kuangliu/pytorch-cifar, with the
 * cosine taken update by update.
 *
 * <p>Orders, crops and flips are functions of (seed, epoch, image), so an interrupted training that
 * goes on from its last checkpoint ends in the same bytes as an undisturbed one.
 */
public final class ClassifierTraining {
  private static final String STATE = "classifier-state.safetensors";
  private static final long CHECKPOINT_NANOS = 30_000_000_000L;

  /**
   * What is trained on.
   *
   * @param images of one size
   * @param classes names in label order
   * @param identity what identifies images and labels, for the record
   */
  public record Data(ImageSource images, List<String> classes, String identity) {}

  /**
   * How far a training has come.
   *
   * @param step updates so far, of {@code steps}
   * @param loss of this update's batch
   * @param imagesPerSecond since this run began
   */
  public record Progress(long step, long steps, int epoch, double loss, double imagesPerSecond) {}

  /** Hears of every update. */
  @FunctionalInterface
  public interface Listener {
    void onStep(Progress progress);
  }

  private final Data data;
  private final ClassifierConfig config;
  private final long seed;
  private final Device device;
  private final Path folder;
  private final RandomStreams streams;
  private final int[] labels;
  private final int[] train;
  private final int[] heldOut;
  private final Normalization normalization;
  private final CifarResNet18 network;
  private final Sgd sgd;
  private long step;
  private double epochLoss;

  private ClassifierTraining(
      Data data, ClassifierConfig config, long seed, Device device, Path folder) {
    this.data = data;
    this.config = config;
    this.seed = seed;
    this.device = device;
    this.folder = folder;
    streams = RandomStreams.of(seed);
    labels = data.images().labels();
    int[] order = streams.permutation(labels.length, "classifier.held-out");
    int kept = labels.length - (int) Math.round(config.heldOut() * labels.length);
    train = Arrays.copyOf(order, kept);
    heldOut = Arrays.copyOfRange(order, kept, order.length);
    Arrays.sort(train);
    Arrays.sort(heldOut);
    check();
    normalization = ImageStatistics.of(data.images(), train);
    network = new CifarResNet18(config.width(), data.classes().size());
    network.initialise(streams);
    network.to(device);
    network.channelsLast();
    sgd = new Sgd(network, config.rule());
  }

  private void check() {
    if (data.images().width() != data.images().height()) {
      throw new IllegalArgumentException(
          "classifier: images of %d x %d pixels; expected squares. Set dataset.size."
              .formatted(data.images().width(), data.images().height()));
    }
    if (data.classes().size() < 2) {
      throw new IllegalArgumentException(
          "classifier: the data set has %d classes; expected at least 2. Give an encoder file instead"
                  .formatted(data.classes().size())
              + " of weights: train.");
    }
    if (train.length < 2) {
      throw new IllegalArgumentException(
          "classifier: %d images remain to learn from; expected at least 2. Lower heldOut."
              .formatted(train.length));
    }
  }

  /**
   * Trains, or goes on, or returns what is already there.
   *
   * @param folder for {@code classifier.safetensors}, {@code classifier.json} and, until then, the
   *     checkpoint
   * @param stop asked after every update
   * @return the record; empty after a stop, and then the same call goes on
   * @throws IllegalArgumentException when the data do not suffice or the loss diverges
   */
  public static Optional<ClassifierRecord> run(
      Data data,
      ClassifierConfig config,
      long seed,
      Device device,
      Path folder,
      Listener listener,
      BooleanSupplier stop) {
    if (ClassifierRecord.isFinished(folder)) {
      ClassifierRecord finished = ClassifierRecord.read(folder);
      if (finished.training().equals(config)
          && finished.seed() == seed
          && finished.data().equals(data.identity())) {
        return Optional.of(finished);
      }
    }
    ClassifierTraining training = new ClassifierTraining(data, config, seed, device, folder);
    try {
      return training.loop(listener, stop) ? Optional.of(training.finish()) : Optional.empty();
    } finally {
      training.sgd.close();
    }
  }

  private boolean loop(Listener listener, BooleanSupplier stop) {
    restore();
    network.train(true);
    long steps = (long) config.epochs() * stepsPerEpoch();
    long startNanos = System.nanoTime();
    long savedNanos = startNanos;
    long images = 0;
    int[] order = null;
    while (step < steps) {
      int epoch = Math.toIntExact(step / stepsPerEpoch());
      int within = Math.toIntExact(step % stepsPerEpoch());
      if (order == null || within == 0) {
        order = streams.permutation(train.length, "classifier.order", epoch);
      }
      double rate = 0.5 * config.learningRate() * (1 + Math.cos(Math.PI * step / steps));
      int[] batch = batch(order, within);
      double loss = update(batch, epoch, rate);
      epochLoss = within == 0 ? loss : epochLoss + (loss - epochLoss) / (within + 1);
      step++;
      images += batch.length;
      double seconds = Math.max(1e-9, (System.nanoTime() - startNanos) * 1e-9);
      listener.onStep(new Progress(step, steps, epoch, loss, images / seconds));
      boolean stopping = step < steps && stop.getAsBoolean();
      if (stopping || System.nanoTime() - savedNanos > CHECKPOINT_NANOS) {
        save();
        savedNanos = System.nanoTime();
      }
      if (stopping) {
        return false;
      }
    }
    return true;
  }

  /** Updates in an epoch; a last batch of one image is left out, as batch norms need several. */
  private int stepsPerEpoch() {
    int whole = train.length / config.batch();
    return Math.max(1, train.length % config.batch() >= 2 ? whole + 1 : whole);
  }

  private int[] batch(int[] order, int within) {
    int from = within * config.batch();
    int to = Math.min(order.length, from + config.batch());
    return Arrays.stream(order, from, to).map(i -> train[i]).toArray();
  }

  private double update(int[] indices, int epoch, double rate) {
    try (Scope scope = Scope.open()) {
      Augmentation augmentation =
          new Augmentation(config.cropPadding(), config.flip(), normalization, streams);
      Tensor x = augmentation.apply(data.images().batch(indices), indices, epoch); // [B, 3, S, S]
      Tensor logits = network.logits(network.features(onDevice(x))); // [B, K]
      Tensor loss = loss(logits, targets(indices), config.labelSmoothing()); // scalar
      loss.backward();
      sgd.step(rate);
      double value = loss.item_double();
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "classifier: the loss is %s at update %d; expected a finite number. Lower the learning"
                    .formatted(value, step + 1)
                + " rate, %s now.".formatted(config.learningRate()));
      }
      return value;
    }
  }

  /**
   * Cross-entropy, averaged over the batch.
   *
   * @param logits [B, K]
   * @param targets class indices, [B], int64
   */
  public static Tensor loss(Tensor logits, Tensor targets, double labelSmoothing) {
    return torch.cross_entropy_loss(
        logits, targets, new TensorOptional(), MEAN, NO_IGNORED_CLASS, labelSmoothing);
  }

  private static final LongOptional CLASSES = Scope.immortal(new LongOptional(1));
  private static final long MEAN = 1;
  private static final long NO_IGNORED_CLASS = -100;

  private Tensor onDevice(Tensor x) {
    return x.to(device, torch.ScalarType.Float).contiguous(torch.MemoryFormat.ChannelsLast);
  }

  private Tensor targets(int[] indices) {
    long[] targets = Arrays.stream(indices).mapToLong(i -> labels[i]).toArray();
    return Tensors.of(targets, targets.length).to(device, torch.ScalarType.Long);
  }

  private Double accuracy() {
    if (heldOut.length == 0) {
      return null;
    }
    Augmentation none = new Augmentation(0, false, normalization, streams);
    network.train(false);
    int right = 0;
    for (int from = 0; from < heldOut.length; from += config.batch()) {
      int[] indices =
          Arrays.copyOfRange(heldOut, from, Math.min(heldOut.length, from + config.batch()));
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor x = none.apply(data.images().batch(indices), indices, 0);
        long[] seen =
            Tensors.longs(network.logits(network.features(onDevice(x))).argmax(CLASSES, false));
        for (int i = 0; i < indices.length; i++) {
          right += seen[i] == labels[indices[i]] ? 1 : 0;
        }
      }
    }
    return (double) right / heldOut.length;
  }

  private ClassifierRecord finish() {
    Path weights = folder.resolve(ClassifierRecord.WEIGHTS);
    Safetensors.write(weights, network.state(), Map.of("format", "pt"));
    ClassifierRecord record =
        new ClassifierRecord(
            EncoderNames.RESNET18_CIFAR,
            data.images().width(),
            data.classes(),
            normalization,
            config,
            seed,
            data.identity(),
            train.length,
            heldOut.length,
            epochLoss,
            accuracy(),
            Sha256.of(weights));
    Json.write(folder.resolve(ClassifierRecord.RECORD), record);
    try {
      Files.deleteIfExists(folder.resolve(STATE));
    } catch (IOException e) {
      throw new UncheckedIOException(folder.resolve(STATE) + ": could not be deleted", e);
    }
    return record;
  }

  /** What a checkpoint belongs to: one of other settings or data is not gone on with. */
  private String key() {
    return Sha256.of(Json.string(config) + seed + data.identity() + data.classes());
  }

  private void save() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network.state().forEach((name, tensor) -> tensors.put("network." + name, tensor));
    sgd.velocity().forEach((name, tensor) -> tensors.put("velocity." + name, tensor));
    Map<String, String> position = new LinkedHashMap<>();
    position.put("key", key());
    position.put("step", Long.toString(step));
    position.put("epochLoss", Double.toHexString(epochLoss));
    Safetensors.write(folder.resolve(STATE), tensors, position);
  }

  private void restore() {
    Path file = folder.resolve(STATE);
    if (!Files.isRegularFile(file)) {
      return;
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Safetensors.Reader reader = Safetensors.open(file)) {
      if (!key().equals(reader.metadata().get("key"))) {
        return;
      }
      network.state().forEach((name, t) -> t.copy_(reader.tensor("network." + name)));
      sgd.velocity().forEach((name, t) -> t.copy_(reader.tensor("velocity." + name)));
      step = Long.parseLong(reader.metadata().get("step"));
      epochLoss = Double.parseDouble(reader.metadata().get("epochLoss"));
    }
  }
}
