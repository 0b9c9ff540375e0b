package io.winnow.pipeline;

import io.winnow.evaluate.MetricEncoders;
import io.winnow.evaluate.MetricKind;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The encoders that a recipe's metrics look through, and the real images that each is shown. */
record Judges(Recipe recipe) {
  /** Images that no model has drawn. */
  enum Real {
    TRAINING("training images"),
    REFERENCE("reference images"),
    HELD_OUT("held-out images");

    private final String words;

    Real(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** Name of the encoder of metrics that have none of their own. */
  String chosen() {
    return recipe.evaluate().judge(recipe.encode().encoder());
  }

  /** Whether an encoder is the recipe's own. */
  boolean isSelector(String name) {
    return recipe.evaluate().isSelector(name, recipe.encode().encoder());
  }

  /** Whether any metric looks through the recipe's own encoder, or may have to. */
  boolean needOwn() {
    return recipe.evaluate().metrics().contains(MetricKind.CLASS_AGREEMENT)
        || names().stream().anyMatch(this::isSelector);
  }

  /** Names of all encoders. */
  private Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    recipe.evaluate().metrics().forEach(kind -> names.add(MetricEncoders.of(kind, chosen())));
    return names;
  }

  /**
   * Files of all encoders that are not the recipe's own, by name.
   *
   * @throws IllegalArgumentException when the recipe names none, or one that is not there
   */
  Map<String, Path> weights() {
    Map<String, Path> files = new TreeMap<>();
    names().stream()
        .filter(name -> !isSelector(name))
        .forEach(name -> files.put(name, Path.of(recipe.evaluate().fileOf(name))));
    return files;
  }

  /**
   * Real images that have to be encoded, by the name of the encoder that is shown them: not those
   * that the coreset was selected by, and none for class agreement and the Inception Score.
   */
  Map<String, Set<Real>> shown() {
    Map<String, Set<Real>> shown = new LinkedHashMap<>();
    for (MetricKind kind : recipe.evaluate().metrics()) {
      String name = MetricEncoders.of(kind, chosen());
      Set<Real> own = realOf(kind);
      if (encodedBefore(name)) {
        own.remove(Real.TRAINING);
      }
      if (!own.isEmpty()) {
        shown.computeIfAbsent(name, none -> EnumSet.noneOf(Real.class)).addAll(own);
      }
    }
    return shown;
  }

  private Set<Real> realOf(MetricKind kind) {
    boolean others = recipe.evaluate().reference() != null;
    return switch (kind) {
      case CLASS_AGREEMENT, INCEPTION_SCORE -> EnumSet.noneOf(Real.class);
      case MEMORISATION ->
          recipe.evaluate().heldOut().isEmpty()
              ? EnumSet.of(Real.TRAINING)
              : EnumSet.of(Real.TRAINING, Real.HELD_OUT);
      case FID,
          CLASS_FID,
          SFID,
          CMMD,
          FD_DINOV2,
          FD,
          CLASS_FD,
          KID,
          PRECISION_RECALL,
          FD_INFINITY ->
          EnumSet.of(others ? Real.REFERENCE : Real.TRAINING);
    };
  }

  /** Whether the features of the training images are those that were selected by. */
  private boolean encodedBefore(String name) {
    return recipe.dataset().size() == 0 && isSelector(name);
  }
}
