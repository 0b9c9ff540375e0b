package io.winnow.encode;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
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
 * @param trainImages number of images that were learned from: all of the data set
 * @param trainLoss mean cross-entropy of the last epoch
 * @param accuracy how often it is right on images that it has not learned from; null when there is
 *     no test split and no folds were asked for
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
    double trainLoss,
    @OrNull Accuracy accuracy,
    String weightsSha256) {
  static final String WEIGHTS = "classifier.safetensors";
  static final String RECORD = "classifier.json";

  /**
   * Share of images that are classified rightly.
   *
   * @param value in [0, 1]
   * @param n images that it was measured on
   * @param of which images those are, and by which classifier where it is not this one
   * @param data identifies the images
   */
  public record Accuracy(double value, int n, String of, String data) {}

  public ClassifierRecord {
    classes = List.copyOf(classes);
  }

  /** Reads the record of a finished training. */
  public static ClassifierRecord read(Path folder) {
    return Json.read(folder.resolve(RECORD), ClassifierRecord.class);
  }

  /** Images that went through a network in training, those of the folds' classifiers included. */
  public long imagesProcessed() {
    int others = training.folds() == null ? 0 : training.folds() - 1;
    return (long) training.epochs() * trainImages * (1 + others);
  }

  /** Whether a folder holds a finished training. */
  public static boolean isFinished(Path folder) {
    return Files.isRegularFile(folder.resolve(RECORD))
        && Files.isRegularFile(folder.resolve(WEIGHTS));
  }
}
