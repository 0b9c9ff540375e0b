package io.winnow.prune;

import io.winnow.config.Tag;
import java.util.Arrays;
import java.util.List;

/** The names of steps that stand for themselves, without a method. */
public final class StepNames {
  private StepNames() {}

  /** All but {@code preset}, which needs a method. */
  public static List<String> all() {
    return Arrays.stream(PruneStep.class.getPermittedSubclasses())
        .filter(type -> type != PruneStep.Preset.class)
        .map(type -> type.getAnnotation(Tag.class).value())
        .toList();
  }
}
