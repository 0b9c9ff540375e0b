package io.winnow.encode;

import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.encode.ClassifierRecord.Accuracy;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains {@link io.winnow.model.resnet.CifarResNet18} on a data set, so that the data set needs no
 * foreign encoder. The paper gives no detail of its ResNet-18; the recipe is that of
 * kuangliu/pytorch-cifar, with the cosine taken update by update.
 *
 * <p>It learns from every image: images that it had not seen would lie further from their class
 * than the others, and be pruned more often. Its accuracy is measured on a test split, or by folds,
 * whose classifiers serve for nothing else.
 *
 * <p>Orders, crops and flips are functions of (seed, epoch, image), so an interrupted training that
 * goes on from its last checkpoint ends in the same bytes as an undisturbed one.
 */
public final class ClassifierTraining {
  /**
   * What is trained on.
   *
   * @param images of one size
   * @param classes names in label order
   * @param identity what identifies images and labels, for the record
   * @param test images that no training sees; null where there are none
   */
  public record Data(
      ImageSource images, List<String> classes, String identity, @OrNull Test test) {}

  /**
   * Images for the accuracy.
   *
   * @param images of the same size and classes as those that are learned from
   * @param name what they are
   * @param identity what identifies images and labels
   */
  public record Test(ImageSource images, String name, String identity) {}

  private static final String TASK = "encoder";
  private static final String FOLD = "classifier-state-fold-";

  private final Data data;
  private final ClassifierConfig config;
  private final long seed;
  private final Device device;
  private final Path folder;
  private final Progress progress;
  private final BooleanSupplier stop;
  private final RandomStreams streams;
  private final int[] fold; // of every image; empty without folds
  private final long steps;
  private long stepsBefore;
  private boolean begun;

  private ClassifierTraining(
      Data data,
      ClassifierConfig config,
      long seed,
      Device device,
      Path folder,
      Progress progress,
      BooleanSupplier stop) {
    this.data = data;
    this.config = config;
    this.seed = seed;
    this.device = device;
    this.folder = folder;
    this.progress = progress;
    this.stop = stop;
    streams = RandomStreams.of(seed);
    fold = config.folds() == null ? new int[0] : folds(config.folds());
    check();
    steps = updates(data.images().size(), config);
  }

  private int[] folds(int count) {
    int[] order = streams.permutation(data.images().size(), "classifier.folds");
    int[] folds = new int[order.length];
    for (int rank = 0; rank < order.length; rank++) {
      folds[order[rank]] = rank % count;
    }
    return folds;
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
    if (data.images().size() < 2) {
      throw new IllegalArgumentException(
          "classifier: %d images to learn from; expected at least 2."
              .formatted(data.images().size()));
    }
    if (fold.length > 0 && (fold.length < config.folds() || fold.length < 4)) {
      throw new IllegalArgumentException(
          "classifier: %d images for %d folds; expected at least %d. Lower folds."
              .formatted(fold.length, config.folds(), Math.max(4, config.folds())));
    }
  }

  /**
   * Trains, or goes on, or returns what is already there.
   *
   * @param folder for {@code classifier.safetensors}, {@code classifier.json} and, until then, the
   *     checkpoints
   * @param progress told of the task {@code encoder}: updates, those of folds included
   * @param stop asked after every update
   * @throws Interrupted when {@code stop} says so; the same call goes on
   * @throws IllegalArgumentException when the data do not suffice or the loss diverges
   */
  public static ClassifierRecord run(
      Data data,
      ClassifierConfig config,
      long seed,
      Device device,
      Path folder,
      Progress progress,
      BooleanSupplier stop) {
    if (ClassifierRecord.isFinished(folder)) {
      ClassifierRecord finished = ClassifierRecord.read(folder);
      if (finished.training().equals(config)
          && finished.seed() == seed
          && finished.data().equals(data.identity())) {
        return finished;
      }
    }
    ClassifierTraining training =
        new ClassifierTraining(data, config, seed, device, folder, progress, stop);
    try {
      return training.train();
    } finally {
      training.end();
    }
  }

  private ClassifierRecord train() {
    int n = data.images().size();
    try (ClassifierFit whole = fit("classifier-state", IntStream.range(0, n).toArray(), streams)) {
      run(whole);
      if (config.folds() == null) {
        return finish(whole, onTest(whole));
      }
      whole.save(); // a fold may be stopped
      int right = 0;
      for (int f = 0; f < config.folds(); f++) {
        try (ClassifierFit others = fit(FOLD + f, members(f, false), foldStreams(f))) {
          run(others);
          others.save();
          right += others.right(data.images(), members(f, true));
        }
      }
      return finish(whole, byFolds(right));
    }
  }

  /** Updates of a training on so many images, those of folds' classifiers included. */
  public static long updates(int images, ClassifierConfig config) {
    long updates = ClassifierFit.steps(images, config);
    for (int f = 0; config.folds() != null && f < config.folds(); f++) {
      int own = images / config.folds() + (f < images % config.folds() ? 1 : 0);
      updates += ClassifierFit.steps(images - own, config);
    }
    return updates;
  }

  private void run(ClassifierFit fit) {
    if (!fit.run(loss -> show(stepsBefore + fit.step(), loss), stop)) {
      throw new Interrupted(TASK);
    }
    stepsBefore += fit.steps();
  }

  private RandomStreams foldStreams(int f) {
    return RandomStreams.of(streams.bits("classifier.fold", f));
  }

  private ClassifierFit fit(String name, int[] indices, RandomStreams own) {
    ClassifierFit.Task task =
        new ClassifierFit.Task(
            data.images(), indices, data.classes().size(), config, own, key() + " " + name);
    return new ClassifierFit(task, device, state(name));
  }

  private Path state(String name) {
    return folder.resolve(name + ".safetensors");
  }

  /** The images of a fold, or those of all others. */
  private int[] members(int f, boolean inside) {
    return IntStream.range(0, fold.length).filter(i -> (fold[i] == f) == inside).toArray();
  }

  /** The task begins with the first update that is heard of: earlier ones may have been resumed. */
  private void show(long step, double loss) {
    if (!begun) {
      progress.begin(TASK, "updates", steps, step - 1);
      begun = true;
    }
    progress.step(step, String.format(Locale.ROOT, "loss %.3f", loss));
  }

  private void end() {
    if (begun) {
      progress.end();
    }
  }

  private ClassifierRecord finish(ClassifierFit whole, @OrNull Accuracy accuracy) {
    Path weights = folder.resolve(ClassifierRecord.WEIGHTS);
    whole.write(weights);
    ClassifierRecord record =
        new ClassifierRecord(
            EncoderNames.RESNET18_CIFAR,
            data.images().width(),
            data.classes(),
            whole.normalization(),
            config,
            seed,
            data.identity(),
            data.images().size(),
            whole.epochLoss(),
            accuracy,
            Sha256.of(weights));
    Json.write(folder.resolve(ClassifierRecord.RECORD), record);
    whole.forget();
    for (int f = 0; fold.length > 0 && f < config.folds(); f++) {
      ClassifierFit.forget(state(FOLD + f));
    }
    return record;
  }

  private Accuracy byFolds(int right) {
    return new Accuracy(
        (double) right / fold.length,
        fold.length,
        "training images, each by a classifier trained on the other %d of %d folds"
            .formatted(config.folds() - 1, config.folds()),
        data.identity());
  }

  private @OrNull Accuracy onTest(ClassifierFit whole) {
    Test test = data.test();
    if (test == null || test.images().size() == 0) {
      return null;
    }
    int n = test.images().size();
    int right = whole.right(test.images(), IntStream.range(0, n).toArray());
    return new Accuracy((double) right / n, n, test.name(), test.identity());
  }

  /** What a checkpoint belongs to: one of other settings or data is not gone on with. */
  private String key() {
    return Sha256.of(Json.string(config) + seed + data.identity() + data.classes());
  }

  /**
   * Cross-entropy, averaged over the batch.
   *
   * @param logits [B, K]
   * @param targets class indices, [B], int64
   */
  public static Tensor loss(Tensor logits, Tensor targets, double labelSmoothing) {
    return ClassifierFit.loss(logits, targets, labelSmoothing);
  }
}
