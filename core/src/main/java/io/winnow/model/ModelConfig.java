package io.winnow.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.TaggedBy;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.vae.AutoencoderKlConfig;

/**
 * The {@code model} part of a recipe: an architecture, which its key {@code type} names, and the
 * forward process that it is trained on.
 */
@TaggedBy("type")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface ModelConfig
    permits UNet2dModelConfig, MdtModelConfig, StableDiffusionModelConfig {
  /** Share of training samples whose label is hidden, for guidance. */
  double labelDropout();

  /** Which classes a network is told. */
  enum Classes {
    /** Those of the data set, and a null class besides. */
    ALL,
    /** None at all: the network is unconditional. */
    NONE
  }

  /** Whether the network is told classes; guidance needs one that is. */
  default boolean conditional() {
    return true;
  }

  /** Whether it is told texts, of classes or captions. */
  default boolean prompted() {
    return false;
  }

  /** Whether it denoises latents, of an autoencoder that the recipe names. */
  default boolean latent() {
    return false;
  }

  /** C, of what it denoises. */
  default int channels() {
    return 3;
  }

  /** The forward process. */
  Schedule schedule();

  /**
   * How samplers that know nothing else walk the forward process: {@link #schedule}, or straight
   * paths where velocities are predicted.
   */
  default SchedulerConfig scheduler(Parameterization parameterization) {
    return parameterization == Parameterization.FM
        ? SchedulerConfig.flowMatching()
        : SchedulerConfig.ddpm(schedule().config(), parameterization);
  }

  /**
   * A network of this shape with all weights zero.
   *
   * @param height of what it denoises, in pixels, or in cells of latents
   * @param width likewise
   * @param classCount K; a conditional network has a null class K besides
   * @throws IllegalArgumentException naming the key that does not fit the images
   */
  DenoisingNetwork network(int height, int width, int classCount);

  /**
   * Gives a network of {@link #network} its first weights: PyTorch's default initialisation, or
   * those of a pre-trained one.
   *
   * @param seed of the initialisation
   */
  default void initialise(DenoisingNetwork network, long seed) {
    network.initAsTorch(seed);
  }

  /**
   * What turns the texts into what the network is told; null where it is told none.
   *
   * @param seed of the initialisation of one that is untrained
   */
  @OrNull
  default PromptEncoder promptEncoder(long seed) {
    return null;
  }

  /**
   * Refuses images or latents that the network cannot be made for, without making it.
   *
   * @throws IllegalArgumentException as {@link #network}
   */
  void requireFits(int height, int width, int classCount);

  /**
   * Refuses an autoencoder on whose latents the first weights would mean nothing.
   *
   * @throws IllegalArgumentException naming what differs from the pre-trained network's own
   */
  default void requireLatentsOf(AutoencoderKlConfig vae) {}

  /**
   * Noise levels of the forward process.
   *
   * @param steps T
   * @param betaStart of no meaning for {@link Kind#COSINE}
   * @param betaEnd likewise
   */
  record Schedule(Kind kind, int steps, double betaStart, double betaEnd) {
    /** Formulas. */
    public enum Kind {
      LINEAR,
      /** Linear in the square root. */
      SCALED_LINEAR,
      COSINE
    }

    public Schedule {
      Check.that(steps >= 2, "steps is %s, but must be at least 2; the paper has 1000.", steps);
      Check.that(
          betaStart > 0 && betaStart < 1, "betaStart is %s, but must be in (0, 1).", betaStart);
      Check.that(
          betaEnd >= betaStart && betaEnd < 1,
          "betaEnd is %s, but must be in [%s, 1).",
          betaEnd,
          betaStart);
    }

    /** The formula with its numbers. */
    public ScheduleConfig config() {
      return switch (kind) {
        case LINEAR -> new ScheduleConfig.Linear(steps, betaStart, betaEnd);
        case SCALED_LINEAR -> new ScheduleConfig.ScaledLinear(steps, betaStart, betaEnd);
        case COSINE -> new ScheduleConfig.Cosine(steps);
      };
    }
  }
}
