package io.winnow.pipeline;

import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Memorisation.Pair;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
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
public final class Memoriser {
  private static final int PAIRS = 12;

  private Memoriser() {}

  /**
   * Images with their features, row by row the same.
   *
   * @param rows of the features that take part, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
  public record Images(Dataset dataset, Features features, int[] rows) {
    /** All of them. */
    public static Images all(Dataset dataset, Features features) {
      return new Images(dataset, features, IntStream.range(0, dataset.size()).toArray());
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
   * Measures, and writes the closest pairs as pictures into {@code report-data/memorisation}.
   *
   * @param training what the model has seen
   * @param heldOut images of the same kind that it has not seen; null where there are none
   */
  public static Memorisation measure(
      Images samples, Images training, @OrNull Images heldOut, Path reportData) {
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
        pairs(samples, training, near, reportData));
  }

  private static List<Double> boxed(double[] values) {
    return DoubleStream.of(values).boxed().toList();
  }

  private static List<Pair> pairs(
      Images samples, Images training, NearestNeighbours.Result near, Path reportData) {
    double[] distances = near.distances();
    long[] indices = near.indices();
    int[] closest =
        IntStream.range(0, distances.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> distances[i]))
            .limit(PAIRS)
            .mapToInt(Integer::intValue)
            .toArray();
    List<Pair> pairs = new ArrayList<>();
    AtomicFolder.write(
        reportData.resolve("memorisation"),
        temporary -> {
          for (int i : closest) {
            int sample = samples.rows()[i];
            int trained = training.rows()[(int) indices[i]];
            String name = "%02d".formatted(pairs.size());
            picture(samples.dataset(), sample, temporary.resolve(name + "-sample.png"));
            picture(training.dataset(), trained, temporary.resolve(name + "-training.png"));
            List<String> classes = training.dataset().classes();
            int label = training.dataset().label(trained);
            pairs.add(
                new Pair(
                    "memorisation/" + name + "-sample.png",
                    "memorisation/" + name + "-training.png",
                    training.dataset().id(trained),
                    label < 0 ? null : classes.get(label),
                    distances[i]));
          }
        });
    return pairs;
  }

  private static void picture(Dataset dataset, int index, Path file) {
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
  public static List<Metric> metrics(
      Memorisation memorisation, Features samples, Circumstances circumstances) {
    List<Metric> metrics = new ArrayList<>();
    Circumstances c =
        circumstances.seenBy(
            samples.encoder(),
            memorisation.samples().size(),
            memorisation.trainingImages(),
            List.of("reference: the images that were trained on"));
    long n = memorisation.samples().size();
    metrics.add(
        new Metric(
            Metric.named("nearest-training-distance", n),
            null,
            null,
            quantile(memorisation.samples(), 0.5),
            c));
    if (!memorisation.heldOut().isEmpty()) {
      double limit = quantile(memorisation.heldOut(), 0.01);
      long copies = memorisation.samples().stream().filter(d -> d < limit).count();
      metrics.add(
          new Metric(
              "nearest-training-distance-held-out@" + memorisation.heldOut().size(),
              null,
              null,
              quantile(memorisation.heldOut(), 0.5),
              c));
      metrics.add(
          new Metric(Metric.named("closer-than-held-out", n), null, null, (double) copies / n, c));
    }
    return metrics;
  }

  /** With linear interpolation between order statistics. */
  private static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double at = share * (sorted.length - 1);
    int low = (int) Math.floor(at);
    int high = Math.min(sorted.length - 1, low + 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }
}
