package io.winnow.artifact;

import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code memorisation.json}: distances from generated samples to their nearest training image, next
 * to those of held-out images. Samples that lie closer than held-out images are copies.
 *
 * @param encoder {@link EncoderIdentity#describe} of the space in which distances are taken
 * @param trainingImages how many images the neighbours were sought in
 * @param samples nearest distance of every generated sample
 * @param heldOut nearest distance of every held-out image
 * @param closest the closest pairs, nearest first
 */
public record Memorisation(
    String encoder,
    long trainingImages,
    List<Double> samples,
    List<Double> heldOut,
    List<Pair> closest) {
  public Memorisation {
    samples = List.copyOf(samples);
    heldOut = List.copyOf(heldOut);
    closest = List.copyOf(closest);
  }

  /**
   * A sample and its nearest training image.
   *
   * @param samplePng path relative to {@code report-data}, with forward slashes
   * @param trainingPng likewise
   */
  public record Pair(
      String samplePng,
      String trainingPng,
      String trainingId,
      @OrNull String className,
      double distance) {}

  /** Reads {@code memorisation.json}. */
  public static Memorisation read(Path file) {
    return Json.read(file, Memorisation.class);
  }

  /** Writes {@code memorisation.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
