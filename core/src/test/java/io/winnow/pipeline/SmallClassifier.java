package io.winnow.pipeline;

import io.winnow.encode.ClassifierConfig;
import io.winnow.encode.ClassifierRecord;
import io.winnow.encode.Normalization;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.tensor.RandomStreams;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Classifiers of four channels on images of 8 x 8 pixels, as the product leaves those that it
 * trains: an encoder {@code resnet18-cifar} that looks at a hundred images in no time.
 */
final class SmallClassifier {
  static final String NAME = "resnet18-cifar";

  private static final int WIDTH = 4;
  private static final int SIDE = 8;

  private SmallClassifier() {}

  /** Writes an untrained one, drawn by a seed, into a folder, and gives the folder. */
  static Path write(Path folder, long seed, List<String> classes) {
    CifarResNet18 network = new CifarResNet18(WIDTH, classes.size());
    network.initialise(RandomStreams.of(seed));
    Path weights = folder.resolve("classifier.safetensors");
    Safetensors.write(weights, network.state(), Map.of());
    Json.write(
        folder.resolve("classifier.json"),
        new ClassifierRecord(
            NAME,
            SIDE,
            classes,
            new Normalization("half", List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5)),
            ClassifierConfig.PUBLISHED,
            seed,
            "none",
            0,
            0,
            null,
            Sha256.of(weights)));
    return folder;
  }
}
