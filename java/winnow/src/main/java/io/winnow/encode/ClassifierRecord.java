package io.winnow.encode;

import io.winnow.artifact.Json;
import io.winnow.config.OrNull;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code classifier.json}: what a classifier trained by Winnow is, beside its weights in {@code
 * classifier.safetensors}.
 *
 * @param network {@code resnet18-cifar}
 * @param side of the images it was trained on, in pixels
 * @param classes names in the order of the logits
 * @param normalization statistics of the images it was trained on
 * @param training settings
 * @param seed of every random draw
 * @param data what identifies the images, as the caller gave it
 * @param trainImages number of images that were learned from
 * @param heldOutImages number of images that only the accuracy saw
 * @param trainLoss mean cross-entropy of the last epoch
 * @param heldOutAccuracy share in [0, 1] of the held-out images that are classified rightly; null
 *     when none were held out
 * @param weightsSha256 hash of {@code classifier.safetensors}
 */
public record ClassifierRecord(
    String network,
    int side,
    List<String> classes,
    Normalization normalization,
    ClassifierConfig training,
    long seed,
    String data,
    int trainImages,
    int heldOutImages,
    double trainLoss,
    @OrNull Double heldOutAccuracy,
    String weightsSha256) {
  static final String WEIGHTS = "classifier.safetensors";
  static final String RECORD = "classifier.json";

  public ClassifierRecord {
    classes = List.copyOf(classes);
  }

  /** Reads the record of a finished training. */
  public static ClassifierRecord read(Path folder) {
    return Json.read(folder.resolve(RECORD), ClassifierRecord.class);
  }

  /** Whether a folder holds a finished training. */
  public static boolean isFinished(Path folder) {
    return Files.isRegularFile(folder.resolve(RECORD))
        && Files.isRegularFile(folder.resolve(WEIGHTS));
  }
}
