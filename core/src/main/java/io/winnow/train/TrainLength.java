package io.winnow.train;

import io.winnow.tensor.RandomStreams;
import java.util.stream.IntStream;

/**
 * How long a training is, known before it begins.
 *
 * @param updates of the optimiser
 * @param images that go through the network, repetitions counted; with InfoBatch the most that can
 *     be, as its epochs and with them their short last batches depend on the losses
 */
public record TrainLength(long updates, long images) {
  /**
   * Counts.
   *
   * @param kept images of the coreset
   * @param all images of the data set, which annealing ends with
   */
  public static TrainLength of(TrainConfig config, int kept, int all) {
    if (config.infobatch() != null) {
      return new TrainLength(config.steps(), config.steps() * Math.min(config.batch(), kept));
    }
    EpochOrder order = new EpochOrder(RandomStreams.of(0), new int[0], null);
    int[] positions = IntStream.range(0, kept).toArray();
    Curriculum curriculum = new PhasedCurriculum(config, positions, all, order);
    long updates = curriculum.totalSteps();
    return new TrainLength(updates, curriculum.position(updates).samplesSeen());
  }
}
