package io.winnow.evaluate;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.data.Dataset;
import io.winnow.encode.Encoder;
import io.winnow.encode.FeatureExtraction;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Workers;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Features of a data set in a folder, encoded where they are not there yet, with progress. */
public final class FeatureCache {
  private FeatureCache() {}

  /**
   * For folders that a user names: finished features of another encoder are not replaced.
   *
   * @throws IllegalArgumentException when the folder holds such
   */
  public static void requireSameEncoder(Path folder, Encoder encoder) {
    if (!FeatureFolder.isFinished(folder)) {
      return;
    }
    try (Features features = FeatureFolder.read(folder)) {
      if (!features.encoder().equals(encoder.identity())) {
        throw new IllegalArgumentException(
            folder
                + ": holds features of "
                + features.encoder().describe()
                + "; expected a new folder, or those of "
                + encoder.identity().describe()
                + ". Choose another folder, or delete this one.");
      }
    }
  }

  /**
   * Encodes what is missing.
   *
   * @param contents identifies the images by their contents and order: features of others that lie
   *     there under the same names are not taken for theirs
   * @param task names the work to the listener
   * @param batch images per call of the network
   * @return the finished features; the caller closes them
   * @throws Interrupted when {@code stop} says so; the same call goes on
   */
  public static Features run(
      Dataset images,
      String contents,
      Encoder encoder,
      Path folder,
      int batch,
      String task,
      Progress listener,
      BooleanSupplier stop) {
    if (FeatureFolder.isFinished(folder) && !FeatureFolder.areOf(folder, contents)) {
      listener.note(task + ": " + folder + " has features of other images; encoding these anew");
    }
    FeatureExtraction.run(
        images, contents, encoder, folder, batch, Workers.readers(), task, listener, stop);
    return FeatureFolder.read(folder);
  }
}
