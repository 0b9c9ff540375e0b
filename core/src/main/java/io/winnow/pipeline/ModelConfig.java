package io.winnow.pipeline;

import io.winnow.config.Check;
import io.winnow.diffusion.ScheduleConfig;
import java.util.List;

/**
 * The {@code model} part of a recipe: a class-conditional UNet2DModel of diffusers in pixel space
 * (ddpm.md, sections 1 and 2) and its forward process.
 *
 * @param type the architecture
 * @param width channels of the finest level
 * @param multipliers channels of each level as a multiple of {@code width}, finest first
 * @param blocks residual blocks per level on the way down, one more on the way up
 * @param attention levels with self-attention, 0 being the finest
 * @param groups of every group norm; divides every level's channels
 * @param dropout inside the residual blocks, while training
 * @param labelDropout share of training samples whose label is hidden, for guidance
 */
public record ModelConfig(
    Type type,
    int width,
    List<Integer> multipliers,
    int blocks,
    List<Integer> attention,
    int groups,
    double dropout,
    double labelDropout,
    Schedule schedule) {

  /** Architectures in pixel space. */
  public enum Type {
    UNET2D
  }

  /**
   * Noise levels of the forward process.
   *
   * @param steps T
   * @param betaStart of no meaning for {@link Kind#COSINE}
   * @param betaEnd likewise
   */
  public record Schedule(Kind kind, int steps, double betaStart, double betaEnd) {
    /** Formulas. */
    public enum Kind {
      LINEAR,
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

    ScheduleConfig config() {
      return kind == Kind.LINEAR
          ? new ScheduleConfig.Linear(steps, betaStart, betaEnd)
          : new ScheduleConfig.Cosine(steps);
    }
  }

  public ModelConfig {
    multipliers = List.copyOf(multipliers);
    attention = List.copyOf(attention);
    int levels = multipliers.size();
    Check.that(width >= 1, "width is %s, but must be at least 1.", width);
    Check.that(levels >= 1, "multipliers is [], but must name at least one level.");
    Check.that(
        multipliers.stream().allMatch(m -> m >= 1),
        "multipliers is %s, but must be whole numbers of at least 1.",
        multipliers);
    Check.that(blocks >= 1, "blocks is %s, but must be at least 1.", blocks);
    Check.that(
        groups >= 1 && multipliers.stream().allMatch(m -> width * m % groups == 0),
        "groups is %s, but must divide the channels of every level (width %s times %s).",
        groups,
        width,
        multipliers);
    Check.that(
        attention.stream().allMatch(level -> level >= 0 && level < levels),
        "attention is %s, but its levels must be in 0 .. %s.",
        attention,
        levels - 1);
    Check.that(dropout >= 0 && dropout < 1, "dropout is %s, but must be in [0, 1).", dropout);
    Check.that(
        labelDropout >= 0 && labelDropout < 1,
        "labelDropout is %s, but must be in [0, 1); the paper has 0.1.",
        labelDropout);
  }
}
