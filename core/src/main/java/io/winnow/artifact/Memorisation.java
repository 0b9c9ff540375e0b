package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
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
  private static final double CLOSEST = 0.01;

  public Memorisation {
    samples = List.copyOf(samples);
    heldOut = List.copyOf(heldOut);
    closest = List.copyOf(closest);
  }

  /**
   * A sample and its nearest training image.
   *
   * @param samplePng path relative to {@code report-data}, with forward slashes; null where the
   *     sample is known by its features alone
   * @param trainingPng likewise
   * @param sampleId null in files of earlier versions
   */
  public record Pair(
      @OrNull String samplePng,
      @OrNull String trainingPng,
      @OrNull String sampleId,
      String trainingId,
      @OrNull String className,
      double distance) {}

  /**
   * A quantile with linear interpolation between order statistics, as {@code numpy.quantile}.
   *
   * @param distances at least one
   * @param share 0 for the least, 1 for the largest
   */
  public static double quantile(List<Double> distances, double share) {
    double[] sorted = distances.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double at = share * (sorted.length - 1);
    int low = (int) Math.floor(at);
    int high = Math.min(sorted.length - 1, low + 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }

  /**
   * Share of the samples that lie closer to the training images than nearly all held-out images do:
   * closer than the held-out images' 1st percentile. A model that copies nothing shows about 1 %.
   */
  public double shareCloserThanHeldOut() {
    double limit = quantile(heldOut, CLOSEST);
    return (double) samples.stream().filter(d -> d < limit).count() / samples.size();
  }

  /** The same without the pictures, whose files do not outlive what was measured. */
  public Memorisation withoutPictures() {
    return new Memorisation(
        encoder,
        trainingImages,
        samples,
        heldOut,
        closest.stream()
            .map(p -> new Pair(null, null, p.sampleId, p.trainingId, p.className, p.distance))
            .toList());
  }

  /** Reads {@code memorisation.json}. */
  public static Memorisation read(Path file) {
    return Json.read(file, Memorisation.class);
  }

  /** Writes {@code memorisation.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
