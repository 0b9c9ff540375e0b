package io.winnow.sweep;

import io.winnow.config.Check;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A selection that a search tries.
 *
 * @param method as recipes name it
 * @param ratio in (0, 1]; at 1 everything is kept, whatever the method
 */
public record Arm(String method, double ratio) {
  /** Methods where none are asked for. */
  public static final List<String> METHODS = List.of("uniform", "moderate", "gaussian");

  /** Ratios where none are asked for. */
  public static final List<Double> RATIOS = List.of(0.1, 0.2, 0.4, 1.0);

  private static final String UNIFORM = "uniform";

  public Arm {
    Check.that(ratio > 0 && ratio <= 1, "--ratios: %s; expected shares in (0, 1].", ratio);
    method = ratio == 1 ? UNIFORM : method;
  }

  /**
   * All pairs, and a recipe's own selection.
   *
   * @throws IllegalArgumentException when there are not two at least
   */
  static List<Arm> all(List<String> methods, List<Double> ratios, Arm own) {
    Set<Arm> arms = new LinkedHashSet<>();
    for (double ratio : ratios) {
      methods.forEach(method -> arms.add(new Arm(method, ratio)));
    }
    arms.add(own);
    Check.that(
        arms.size() >= 2,
        "--methods %s and --ratios %s: one selection; expected two at least.",
        methods,
        ratios);
    return List.copyOf(arms);
  }

  /** {@code moderate-10}: the method and the percentage; {@code full} for everything. */
  String label() {
    return ratio == 1
        ? "full"
        : method
            + "-"
            + BigDecimal.valueOf(ratio).movePointRight(2).stripTrailingZeros().toPlainString();
  }

  /** What it sets in a recipe. */
  List<String> overrides() {
    return List.of("prune.method=" + method, "prune.ratio=" + ratio);
  }
}
