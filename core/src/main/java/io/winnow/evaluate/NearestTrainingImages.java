package io.winnow.evaluate;

import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Memorisation.Pair;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metric.Kind;
import io.winnow.config.OrNull;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.eval.NearestNeighbours;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Whether samples are copies: the distance of each sample to its nearest training image, next to
 * that of held-out images (design.md, section 8). Small training sets invite memorisation.
 */
final class NearestTrainingImages {
  private static final int PAIRS = 12;
  private static final String FOLDER = "memorisation";
  private static final String SAMPLE = "-sample.png";
  private static final String TRAINING = "-training.png";

  private NearestTrainingImages() {}

  /**
   * Images with their features, row by row the same.
   *
   * @param dataset null where there are features alone; pairs then have no pictures
   * @param rows of the features that take part, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
  record Images(@OrNull Dataset dataset, Features features, int[] rows) {
    /** All of them. */
    static Images all(@OrNull Dataset dataset, Features features) {
      int count = Math.toIntExact(features.rows());
      return new Images(dataset, features, IntStream.range(0, count).toArray());
    }

    /**
     * Some of them.
     *
     * @param positions ascending; null for all
     */
    Images only(@OrNull int[] positions) {
      return positions == null ? this : new Images(dataset, features, positions);
    }

    private NearestNeighbours.Source source() {
      return new NearestNeighbours.Source() {
        @Override
        public long rows() {
          return rows.length;
        }

        @Override
        public Tensor block(long first, int count) {
          int from = Math.toIntExact(first);
          return features.gather(Arrays.copyOfRange(rows, from, from + count));
        }
      };
    }
  }

  /**
   * Measures, and writes the closest pairs as pictures into {@code memorisation} below a folder.
   *
   * @param training what the model has seen
   * @param heldOut images of the same kind that it has not seen; null where there are none
   */
  static Memorisation measure(
      Images samples, Images training, @OrNull Images heldOut, Path folder) {
    samples.features().requireEncoder(training.features().encoder(), "samples");
    NearestNeighbours.Result near = NearestNeighbours.of(samples.source(), training.source());
    List<Double> held =
        heldOut == null
            ? List.of()
            : boxed(NearestNeighbours.of(heldOut.source(), training.source()).distances());
    return new Memorisation(
        training.features().encoder().describe(),
        training.rows().length,
        boxed(near.distances()),
        held,
        pairs(samples, training, near, folder));
  }

  private static List<Double> boxed(double[] values) {
    return DoubleStream.of(values).boxed().toList();
  }

  private static List<Pair> pairs(
      Images samples, Images training, NearestNeighbours.Result near, Path folder) {
    double[] distances = near.distances();
    long[] indices = near.indices();
    int[] closest =
        IntStream.range(0, distances.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> distances[i]))
            .limit(PAIRS)
            .mapToInt(Integer::intValue)
            .toArray();
    boolean pictured = samples.dataset() != null && training.dataset() != null;
    if (pictured) {
      AtomicFolder.write(
          folder.resolve(FOLDER),
          temporary -> {
            for (int k = 0; k < closest.length; k++) {
              int trained = training.rows()[(int) indices[closest[k]]];
              String name = "%02d".formatted(k);
              picture(samples, samples.rows()[closest[k]], temporary.resolve(name + SAMPLE));
              picture(training, trained, temporary.resolve(name + TRAINING));
            }
          });
    }
    return IntStream.range(0, closest.length)
        .mapToObj(
            k ->
                pair(
                    samples.features().ids().get(samples.rows()[closest[k]]),
                    training.features(),
                    training.rows()[(int) indices[closest[k]]],
                    distances[closest[k]],
                    pictured ? FOLDER + "/%02d".formatted(k) : null))
        .toList();
  }

  /**
   * @param picture beginning of the pictures' names; null where there are none
   */
  private static Pair pair(
      String sample, Features training, int trained, double distance, @OrNull String picture) {
    int label = training.labels()[trained];
    return new Pair(
        picture == null ? null : picture + SAMPLE,
        picture == null ? null : picture + TRAINING,
        sample,
        training.ids().get(trained),
        label < 0 ? null : training.classes().get(label),
        distance);
  }

  private static void picture(Images images, int index, Path file) {
    Dataset dataset = images.dataset();
    try {
      Image image = dataset.image(index);
      byte[] png = Png.encode(image);
      AtomicFile.write(file, out -> out.write(png));
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          dataset.name() + " " + dataset.id(index) + ": " + e.getMessage(), e);
    }
  }

  /**
   * The two medians, and the share of samples that are closer to the training set than nearly all
   * held-out images: below the held-out images' 1st percentile.
   */
  static List<Metric> metrics(
      Memorisation memorisation, Features samples, Circumstances circumstances) {
    List<Metric> metrics = new ArrayList<>();
    long n = memorisation.samples().size();
    Circumstances own = at(memorisation, n, samples, circumstances);
    metrics.add(
        new Metric(
            Kind.NEAREST_TRAINING_DISTANCE,
            null,
            null,
            Memorisation.quantile(memorisation.samples(), 0.5),
            own));
    if (!memorisation.heldOut().isEmpty()) {
      long held = memorisation.heldOut().size();
      metrics.add(
          new Metric(
              Kind.NEAREST_TRAINING_DISTANCE_HELD_OUT,
              null,
              null,
              Memorisation.quantile(memorisation.heldOut(), 0.5),
              at(memorisation, held, samples, circumstances)));
      metrics.add(
          new Metric(
              Kind.CLOSER_THAN_HELD_OUT, null, null, memorisation.shareCloserThanHeldOut(), own));
    }
    return metrics;
  }

  private static Circumstances at(
      Memorisation memorisation, long n, Features samples, Circumstances circumstances) {
    return circumstances.seenBy(
        samples.encoder(),
        n,
        memorisation.trainingImages(),
        List.of("reference: the images that were trained on"));
  }
}
