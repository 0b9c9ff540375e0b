package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.encode.ClassifierRecord;
import io.winnow.encode.ClassifierTraining;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Device;

/**
 * The surrogate encoder of a run: trained on the data set where the recipe says so, and the
 * features of every image.
 */
final class EncodeStage {
  private final EncodeConfig config;
  private final long seed;
  private final Path folder;
  private final Device device;
  private final Listener listener;
  private final BooleanSupplier stop;

  EncodeStage(
      EncodeConfig config,
      long seed,
      Path folder,
      Device device,
      Listener listener,
      BooleanSupplier stop) {
    this.config = config;
    this.seed = seed;
    this.folder = folder;
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
    return folder.resolve("encoder");
  }

  Path featuresFolder() {
    return folder.resolve("features").resolve(config.encoder());
  }

  /** Trains the classifier of {@code weights: train}. */
  Ledger.Outcome train(RunData data) {
    ClassifierTraining.Data learned =
        new ClassifierTraining.Data(
            data.images(), data.dataset().classes(), data.inventory().hash());
    Updates updates = new Updates();
    Optional<ClassifierRecord> record =
        ClassifierTraining.run(
            learned, config.training(), seed, device, classifierFolder(), updates::show, stop);
    updates.end();
    if (record.isEmpty()) {
      throw new InterruptedRun("encoder");
    }
    String note = note(record.get());
    if (note != null) {
      listener.note("encoder: " + note);
    }
    return new Ledger.Outcome(
        List.of(
            classifierFolder().resolve("classifier.safetensors"),
            classifierFolder().resolve("classifier.json")),
        (long) config.training().epochs() * record.get().trainImages(),
        note);
  }

  /** Shows the training's updates, from the first one that is heard of: it may have resumed. */
  private final class Updates {
    private boolean begun;

    void show(ClassifierTraining.Progress progress) {
      if (!begun) {
        listener.begin("encoder", "updates", progress.steps(), progress.step() - 1);
        begun = true;
      }
      listener.step(progress.step(), String.format(Locale.ROOT, "loss %.3f", progress.loss()));
    }

    void end() {
      if (begun) {
        listener.end();
      }
    }
  }

  private static @OrNull String note(ClassifierRecord record) {
    Double accuracy = record.heldOutAccuracy();
    return accuracy == null
        ? null
        : String.format(
            Locale.ROOT,
            "accuracy %.1f %% on %d held-out images",
            100 * accuracy,
            record.heldOutImages());
  }

  /** Opens the encoder; the caller closes it. */
  Encoder open() {
    return Encoders.open(config, config.trains() ? classifierFolder() : null, device, seed);
  }

  /** Encodes every image of the run. */
  Ledger.Outcome encode(RunData data) {
    Dataset dataset = data.dataset();
    String contents = data.inventory().hash();
    try (Encoder encoder = open()) {
      Extraction.run(
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
      return new Ledger.Outcome(List.of(featuresFolder()), dataset.size(), identity.describe());
    }
  }

  /** The features of the run's images. */
  Features features() {
    return Features.read(featuresFolder());
  }

  void discardFeatures() {
    PruneStage.delete(featuresFolder());
  }

  void discardClassifier() {
    PruneStage.delete(classifierFolder());
  }
}
