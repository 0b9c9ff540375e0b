package io.winnow.prune;

/** What the images cost denoising networks, for steps that select by it. */
@FunctionalInterface
public interface ImageLosses {
  /** Where there are features alone. */
  ImageLosses NONE =
      (model, levels) -> {
        throw new IllegalArgumentException(
            "prune.steps: a step by the losses of "
                + model
                + " looks at images, and there are features alone; expected a recipe with a data"
                + " set. Use winnow prune RECIPE or winnow run RECIPE.");
      };

  /**
   * Losses of every image of the data set, of all on the same times and noise, whatever the
   * network.
   *
   * @param model folder of the network's checkpoint
   * @param levels noise levels, evenly over the forward process
   * @return [levels, N]
   */
  double[][] of(String model, int levels);
}
