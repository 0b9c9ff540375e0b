package io.winnow.train;

/** Variants of a configuration. */
final class TrainConfigs {
  private TrainConfigs() {}

  static TrainConfig steps(TrainConfig c, long steps) {
    return make(c, null, steps, c.microBatch(), c.checkpoint());
  }

  static TrainConfig microBatch(TrainConfig c, int microBatch) {
    return make(c, c.epochs(), c.steps(), microBatch, c.checkpoint());
  }

  static TrainConfig checkpointEvery(TrainConfig c, int steps) {
    return make(
        c,
        c.epochs(),
        c.steps(),
        c.microBatch(),
        new TrainConfig.CheckpointRule(null, steps, null));
  }

  private static TrainConfig make(
      TrainConfig c,
      Integer epochs,
      Long steps,
      Integer microBatch,
      TrainConfig.CheckpointRule checkpoint) {
    return new TrainConfig(
        epochs,
        steps,
        c.batch(),
        microBatch,
        c.learningRate(),
        c.warmupEpochs(),
        c.adam(),
        c.ema(),
        c.emaRule(),
        c.gradientClip(),
        c.flip(),
        c.anneal(),
        c.annealWeights(),
        c.weightsAs(),
        checkpoint,
        c.reportSteps());
  }
}
