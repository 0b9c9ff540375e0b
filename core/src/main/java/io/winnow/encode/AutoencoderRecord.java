package io.winnow.encode;

import io.winnow.files.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * {@code training.json}: how an autoencoder was trained, beside it.
 *
 * @param training settings
 * @param seed of every random draw
 * @param data what identifies the images, as the caller gave it
 * @param mirrored whether half of the images were mirrored
 * @param measured images that the numbers below were measured on: drawn from those that it was
 *     trained on
 * @param latentStd standard deviation of their latents over all cells, before scaling; the scaling
 *     factor is 1 over it
 * @param absoluteError mean absolute error of their reconstructions by the means of the posteriors,
 *     in units of the range [-1, 1]
 * @param psnr peak signal-to-noise ratio of the same, over all of them, in dB
 * @param divergence mean divergence of the posterior from the standard normal, in nats an image
 */
public record AutoencoderRecord(
    AutoencoderConfig training,
    long seed,
    String data,
    boolean mirrored,
    int measured,
    double latentStd,
    double absoluteError,
    double psnr,
    double divergence) {
  static final String FILE = "training.json";

  /** Reads the record beside a trained autoencoder. */
  static AutoencoderRecord read(Path folder) {
    return Json.read(folder.resolve(FILE), AutoencoderRecord.class);
  }

  /** Whether a folder holds the outcome of a task. */
  static boolean isOf(Path folder, AutoencoderTask task) {
    if (!Files.isRegularFile(folder.resolve(FILE))) {
      return false;
    }
    AutoencoderRecord found = read(folder);
    return found.training.equals(task.config())
        && found.seed == task.seed()
        && found.data.equals(task.identity())
        && found.mirrored == task.mirrored();
  }

  /** One line. */
  public String describe() {
    return String.format(
        Locale.ROOT,
        "reconstructs with a mean absolute error of %.4f (range [-1, 1]), PSNR %.1f dB; latents' std"
            + " %.3f before scaling; on %,d of its images",
        absoluteError,
        psnr,
        latentStd,
        measured);
  }
}
