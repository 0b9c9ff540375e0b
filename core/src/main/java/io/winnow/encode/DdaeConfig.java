package io.winnow.encode;

import io.winnow.config.Check;

/**
 * Where a diffusion network's features are read (Xiang et al. 2023, FutureXiang/ddae: {@code
 * linear.py}, grid over t and block).
 *
 * @param block k of out_k: residual units of the up path, counted from 1 at the coarsest level
 * @param t number of noise steps, 1 for the first: the table's index t - 1
 */
public record DdaeConfig(int block, int t) {
  /** The best linear probe of the published CIFAR-10 network. */
  public static final DdaeConfig PUBLISHED = new DdaeConfig(6, 11);

  public DdaeConfig {
    Check.that(block >= 1, "block is %s, but must be at least 1", block);
    Check.that(t >= 1, "t is %s, but must be at least 1", t);
  }
}
