package io.winnow.pipeline;

import io.winnow.artifact.RunLayout.Network;
import io.winnow.forecast.MemoryGrowth;
import io.winnow.forecast.MicroBatch;
import io.winnow.forecast.UnitCost;
import io.winnow.pipeline.Rehearsal.Tried;
import io.winnow.tensor.Compute;
import io.winnow.train.TrainLength;

/**
 * Tries the trainings of a recipe: updates of two batch sizes, whose difference is what an image
 * costs in time and memory, and of the proxy beside its reference. It comes before other probes:
 * what a process had before is in its peak memory.
 */
final class TrainingProbe {
  private static final double SMALL_SECONDS = 3;
  private static final double SECONDS = 8;
  private static final String ENDLESS = "train.steps=1000000000";
  private static final String PLAIN = "reweight.enabled=false";

  private final Rehearsal rehearsal;
  private final Recipe recipe;
  private final RunData few;
  private final long images; // bytes of all images in memory, beside the few ones
  private final long available;
  private final Watch.Limit limit;
  private final UnitCost update;
  private final MemoryGrowth growth;
  private Tried once; // a whole training of one update

  /**
   * @param few of the images, a batch at least where there are so many
   */
  TrainingProbe(Rehearsal rehearsal, Recipe recipe, RunData few, int all, Compute compute) {
    this.rehearsal = rehearsal;
    this.recipe = recipe;
    this.few = few;
    long held = few.heldBytes();
    this.images = compute.cuda() ? 0 : held - held / all * few.size();
    this.available = compute.availableBytes();
    long most = most(recipe, all);
    this.limit = new Watch.Limit(SECONDS, most);
    int large = Math.min(recipe.train().batch(), few.size());
    int atOnce = Math.min(atOnce(), large);
    int small = Math.max(1, atOnce / 2);
    Tried smaller =
        rehearsal.run(
            StageId.REFERENCE,
            few,
            new Watch.Limit(SMALL_SECONDS, most),
            ENDLESS,
            "train.batch=" + small,
            "train.microBatch=null");
    Tried larger = rehearsal.run(StageId.REFERENCE, few, limit, ENDLESS);
    this.update =
        UnitCost.ofSteps(
            recipe.train().microBatch() == null ? small : large,
            perUpdate(smaller, Network.REFERENCE),
            large,
            perUpdate(larger, Network.REFERENCE));
    this.growth =
        MemoryGrowth.of(small, smaller.peakBytes(), atOnce, larger.peakBytes()).plus(images);
  }

  /** Updates of the longest training: a longer try would say nothing more. */
  private static long most(Recipe recipe, int all) {
    return TrainLength.of(ReweightPlan.lasting(recipe.train(), null, all), all, all).updates();
  }

  private static double perUpdate(Tried tried, Network network) {
    return tried.task(network.word()).perPiece();
  }

  private int atOnce() {
    Integer micro = recipe.train().microBatch();
    return micro == null ? recipe.train().batch() : micro;
  }

  /** The largest micro-batch that fits. */
  MicroBatch microBatch() {
    return MicroBatch.of(growth, recipe.train().batch(), atOnce(), available);
  }

  /** Trains a model for one update, in the place that samples are drawn from. */
  void model() {
    once = rehearsal.run(StageId.TRAIN, few, Watch.Limit.NONE, "train.steps=1", PLAIN);
  }

  /** Trains a reference for one update, in the place that the proxy takes it from. */
  void reference() {
    rehearsal.run(StageId.REFERENCE, few, Watch.Limit.NONE, "train.steps=1");
  }

  /** A training on images that are all visited alike; {@link #model} was tried. */
  Measured plain() {
    return new Measured(update.withOnce(around(once)), peak(), left(Network.MODEL), 0);
  }

  /** The model's own training, which may look at its losses. */
  Measured own() {
    if (recipe.train().infobatch() == null) {
      return plain();
    }
    Tried tried = rehearsal.run(StageId.TRAIN, few, limit, ENDLESS, PLAIN);
    model();
    return watched(tried, Network.MODEL, left(Network.MODEL));
  }

  /**
   * The proxy's training; {@link #model} and, where there is one, {@link #reference} were tried.
   */
  Measured proxy() {
    if (!recipe.reweight().settings().needsProxy()) {
      return new Measured(UnitCost.once(0), null);
    }
    Tried tried = rehearsal.run(StageId.REWEIGHT, few, limit, ENDLESS);
    return watched(tried, Network.PROXY, left(Network.MODEL));
  }

  /** A short batch costs the share of a whole one that it does in a plain training. */
  private Measured watched(Tried tried, Network network, long disk) {
    int batch = Math.min(recipe.train().batch(), few.size());
    double whole = update.perUnit() + update.perImage() * batch;
    double factor = perUpdate(tried, network) / whole;
    UnitCost cost =
        new UnitCost(around(once), factor * update.perUnit(), factor * update.perImage());
    return new Measured(cost, tried.peakBytes() + images, disk, 0);
  }

  private long peak() {
    return growth.bytes(atOnce());
  }

  private long left(Network network) {
    return Rehearsal.bytes(rehearsal.layout().network(network));
  }

  /** What a training takes beside its updates. */
  private double around(Tried tried) {
    double step =
        update.perUnit() + update.perImage() * Math.min(recipe.train().batch(), few.size());
    return Math.max(0, tried.seconds() - step);
  }
}
