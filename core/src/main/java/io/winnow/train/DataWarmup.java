package io.winnow.train;

import io.winnow.config.OrNull;
import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Simple images first, as a curriculum around another one ("Data Warmup", arXiv 2604.07397): in the
 * first steps images are drawn with replacement, with a probability that falls with their
 * complexity, and all alike in the end. After it, and in length and number of epochs, everything is
 * as in the other curriculum.
 *
 * <p>The complexity of an image is the rank r of its score among those of its group, in [0, 1], so
 * that groups keep their frequencies; the article's own score needs a saliency network. At step s
 * of S the density of r is that of exp(-lambda r), with
 *
 * <pre>{@code
 * lambda  =  (1 - s / S) / temperature
 * r       =  -ln(1 - u (1 - exp(-lambda))) / lambda,  u uniform: a function of (seed, epoch, visit)
 * }</pre>
 */
final class DataWarmup implements Curriculum {
  private final DataWarmupConfig config;
  private final Curriculum inner;
  private final RandomStreams random;
  private final int batch;
  private final int[] ordered; // positions, simple ones first, [n]
  private final long warmSteps;

  /**
   * @param inner what is visited without the warm-up
   * @param set with scores
   * @throws IllegalArgumentException where an image has no score
   */
  DataWarmup(
      DataWarmupConfig config, Curriculum inner, TrainSet set, int batch, RandomStreams random) {
    this.config = config;
    this.inner = inner;
    this.random = random;
    this.batch = batch;
    this.ordered = ordered(set, config.simple() == DataWarmupConfig.Simple.LOW ? 1 : -1);
    long first = inner.phases().get(0).updates();
    this.warmSteps = Math.max(1, (long) Math.ceil(config.share() * first - 1e-9));
  }

  /** By rank inside the group, then by position. */
  private static int[] ordered(TrainSet set, int sign) {
    int[] kept = set.kept();
    double[] complexity = complexity(set.scores(), kept, sign);
    int[] groups = set.groups();
    int[] sizes = new int[set.groupCount()];
    IntStream.of(kept).forEach(image -> sizes[groups[image]]++);
    int[] seen = new int[sizes.length];
    double[] rank = new double[kept.length];
    sorted(complexity)
        .forEach(i -> rank[i] = (seen[groups[kept[i]]]++ + 0.5) / sizes[groups[kept[i]]]);
    return sorted(rank).map(i -> kept[i]).toArray();
  }

  private static double[] complexity(@OrNull double[] scores, int[] kept, int sign) {
    for (int image : kept) {
      if (scores == null || Double.isNaN(scores[image])) {
        throw new IllegalArgumentException(
            "train.dataWarmup: image "
                + image
                + " has no score to order it by; expected a manifest with scores. Name a method or"
                + " a step that gives some, as prune.steps: [{step: clusters, ratio: 1}].");
      }
    }
    return IntStream.of(kept).mapToDouble(image -> sign * scores[image]).toArray();
  }

  private static IntStream sorted(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer i) -> values[i])
                .thenComparing(Comparator.naturalOrder()))
        .mapToInt(i -> i);
  }

  @Override
  public Visits visits(Epoch epoch) {
    Visits visits = inner.visits(epoch);
    int[] images = visits.images().clone();
    for (int v = 0; v < images.length; v++) {
      long step = epoch.firstStep() + v / batch;
      if (step < warmSteps) {
        double lambda = (1 - (double) step / warmSteps) / config.temperature();
        double u = random.uniform("train.datawarmup", epoch.number(), v);
        double r = -Math.log1p(u * Math.expm1(-lambda)) / lambda;
        images[v] = ordered[Math.min(ordered.length - 1, (int) (r * ordered.length))];
      }
    }
    return new Visits(images, visits.weights());
  }

  @Override
  public long totalSteps() {
    return inner.totalSteps();
  }

  @Override
  public Epoch epoch(long step) {
    return inner.epoch(step);
  }

  @Override
  public Position position(long step) {
    return inner.position(step);
  }

  @Override
  public List<TrainPhase> phases() {
    return inner.phases();
  }

  @Override
  public String identity() {
    int[] order = Arrays.copyOf(ordered, ordered.length);
    return inner.identity() + " " + config + " " + TrainSet.hash(order);
  }
}
