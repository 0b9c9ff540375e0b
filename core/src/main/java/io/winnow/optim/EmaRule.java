package io.winnow.optim;

/** How fast the moving average of the weights forgets. */
public enum EmaRule {
  /**
   * b_1 = 0 (a copy), b_k = min(beta, 1 - k^(-2/3)): a short run forgets its initialisation
   * (ema-pytorch, as the reference code of class-conditional DDPM uses it).
   */
  RAMP {
    @Override
    double decay(double beta, long k) {
      return k == 1 ? 0 : Math.min(beta, 1 - Math.pow((double) k, -2.0 / 3));
    }
  },
  /** b_k = beta from the initial parameters on (guided-diffusion). */
  CONSTANT {
    @Override
    double decay(double beta, long k) {
      return beta;
    }
  },
  /** b_1 = 0 (a copy), b_k = min(beta, k / (9 + k)): {@link EarlyEma} of diffusers. */
  EARLY {
    @Override
    double decay(double beta, long k) {
      return new EarlyEma(beta).decay(k);
    }
  };

  /** b_k of update k = 1, 2, ... */
  abstract double decay(double beta, long k);
}
