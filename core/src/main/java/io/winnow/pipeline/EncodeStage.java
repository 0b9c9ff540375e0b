package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.data.TestSplit;
import io.winnow.encode.ClassifierRecord;
import io.winnow.encode.ClassifierTraining;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.evaluate.FeatureCache;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Device;

/**
 * The surrogate encoder of a run: trained on the data set where the recipe says so, and the
 * features of every image.
 */
final class EncodeStage {
  private final EncodeConfig config;
  private final long seed;
  private final RunLayout run;
  private final Device device;
  private final Progress listener;
  private final BooleanSupplier stop;

  EncodeStage(
      EncodeConfig config,
      long seed,
      RunLayout run,
      Device device,
      Progress listener,
      BooleanSupplier stop) {
    this.config = config;
    this.seed = seed;
    this.run = run;
    this.device = device;
    this.listener = listener;
    this.stop = stop;
  }

  /** What networks run on. */
  Device device() {
    return device;
  }

  /** Where a classifier is trained that the data set brings forth itself. */
  Path classifierFolder() {
    return run.encoder();
  }

  Path featuresFolder() {
    return run.features(config.encoder());
  }

  /** Trains the classifier of {@code weights: train}, on every image. */
  StageOutcome train(RunData data) {
    ClassifierRecord record = classifier(data);
    String note = note(record);
    listener.note("encoder: " + note);
    return new StageOutcome(record.imagesProcessed(), note);
  }

  /** What a training of the classifier leaves. */
  List<Path> classifierFiles() {
    return List.of(
        classifierFolder().resolve("classifier.safetensors"),
        classifierFolder().resolve("classifier.json"));
  }

  private ClassifierRecord classifier(RunData data) {
    List<String> classes = data.dataset().classes();
    try (TestSplit split = testSplit(data, classes)) {
      ClassifierTraining.Test test =
          split == null
              ? null
              : new ClassifierTraining.Test(split.images(), split.name(), split.identity());
      return ClassifierTraining.run(
          new ClassifierTraining.Data(data.images(), classes, data.inventory().hash(), test),
          config.training(),
          seed,
          device,
          classifierFolder(),
          listener,
          stop);
    }
  }

  /** For the accuracy, where folds do not measure it. */
  private @OrNull TestSplit testSplit(RunData data, List<String> classes) {
    return config.training().folds() == null
        ? TestSplit.of(data.config(), seed, classes, data.images()).orElse(null)
        : null;
  }

  private static String note(ClassifierRecord record) {
    ClassifierRecord.Accuracy accuracy = record.accuracy();
    return accuracy == null
        ? String.format(
            Locale.ROOT,
            "trained on all %,d images; no accuracy, as there is no test split"
                + " (encode.training.folds measures it by folds)",
            record.trainImages())
        : String.format(
            Locale.ROOT,
            "trained on all %,d images; accuracy %.1f %% on %,d images: %s",
            record.trainImages(),
            100 * accuracy.value(),
            accuracy.n(),
            accuracy.of());
  }

  /** Opens the encoder; the caller closes it. */
  Encoder open() {
    return Encoders.open(config, config.trains() ? classifierFolder() : null, device, seed);
  }

  /** Encodes every image of the run. */
  StageOutcome encode(RunData data) {
    Dataset dataset = data.dataset();
    String contents = data.inventory().hash();
    try (Encoder encoder = open()) {
      FeatureCache.run(
              dataset,
              contents,
              encoder,
              featuresFolder(),
              config.batch(),
              "encode",
              listener,
              stop)
          .close();
      EncoderIdentity identity = encoder.identity();
      return new StageOutcome(dataset.size(), identity.describe());
    }
  }

  /** The features of the run's images. */
  Features features() {
    return FeatureFolder.read(featuresFolder());
  }
}
