package io.winnow.pipeline;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
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
    boolean[] begun = {false};
    Optional<ClassifierRecord> record =
        ClassifierTraining.run(
            learned,
            config.training(),
            seed,
            device,
            classifierFolder(),
            progress -> {
              if (!begun[0]) {
                listener.begin("encoder", "updates", progress.steps(), progress.step() - 1);
                begun[0] = true;
              }
              listener.step(
                  progress.step(), String.format(Locale.ROOT, "loss %.3f", progress.loss()));
            },
            stop);
    if (begun[0]) {
      listener.end();
    }
    if (record.isEmpty()) {
      throw new InterruptedRun("encoder");
    }
    Double accuracy = record.get().heldOutAccuracy();
    String note =
        accuracy == null
            ? null
            : String.format(
                Locale.ROOT,
                "accuracy %.1f %% on %d held-out images",
                100 * accuracy,
                record.get().heldOutImages());
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

  /** Opens the encoder; the caller closes it. */
  Encoder open() {
    return Encoders.open(config, config.trains() ? classifierFolder() : null, device, seed);
  }

  /** Encodes every image of the run. */
  Ledger.Outcome encode(Dataset dataset) {
    try (Encoder encoder = open()) {
      Extraction.run(dataset, encoder, featuresFolder(), config.batch(), "encode", listener, stop)
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
