package io.winnow.pipeline;

/** Recipes over generated shapes that take seconds, as files have them. */
public final class MiniRecipe {
  /** All stages of a run on 200 pictures of 16 x 16. */
  public static final String RUN =
      """
      name: mini
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 200, size: 16}
      encode: {training: {width: 4, epochs: 1, batch: 32, cropPadding: 1, flip: false}, batch: 32}
      prune: {ratio: 0.3}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0.1}
      train: {epochs: 2, batch: 32, learningRate: 1e-3, warmupEpochs: 1, ema: 0.9}
      reweight: {settings: {warmupSteps: 1}, proxy: {epochs: 2}, reference: {epochs: 1}}
      sample: {sampler: {steps: 3}, count: 20, batch: 5}
      """;

  /** The base of sweeps: four updates on some of 100 pictures, no class weights. */
  public static final String SWEEP =
      """
      name: mini
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100}
      encode: {training: {width: 4, epochs: 1, batch: 32, cropPadding: 1, flip: false}}
      prune: {method: moderate, ratio: 0.3}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0}
      train: {epochs: null, steps: 4, batch: 16, warmupEpochs: 0, ema: 0.9}
      reweight: {enabled: false, proxy: {epochs: 1}, reference: {epochs: 1}}
      sample: {sampler: {steps: 2}, count: 20, batch: 10}
      evaluate: {metrics: [fd, class-fd]}
      """;

  private MiniRecipe() {}
}
