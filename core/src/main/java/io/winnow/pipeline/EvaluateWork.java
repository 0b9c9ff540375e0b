package io.winnow.pipeline;

import io.winnow.evaluate.MetricEncoders;
import io.winnow.evaluate.MetricKind;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an evaluation looks at, counted.
 *
 * @param images of the data set
 * @param heldOut images that memorisation compares with; 0 for none
 * @param reference images that samples are compared with where these are not those that are trained
 *     on; 0 where they are
 * @param trained images that the model has seen
 * @param sets of samples: the model's, and those of the model without class weights
 */
record EvaluateWork(Recipe recipe, int images, int heldOut, int reference, int trained, int sets) {
  /** Samples that every encoder is shown, by its name. Class agreement is none of them. */
  Map<String, Long> samples() {
    Map<String, Long> shown = new LinkedHashMap<>();
    for (MetricKind kind : recipe.evaluate().metrics()) {
      if (kind != MetricKind.CLASS_AGREEMENT) {
        shown.put(
            MetricEncoders.of(kind, new Judges(recipe).chosen()),
            (long) sets * recipe.sample().count());
      }
    }
    return shown;
  }

  /** Real images that every encoder that judges is shown, by its name. */
  Map<String, Long> real() {
    Map<String, Long> shown = new LinkedHashMap<>();
    new Judges(recipe)
        .shown()
        .forEach((name, own) -> shown.put(name, own.stream().mapToLong(this::count).sum()));
    return shown;
  }

  private long count(Judges.Real images) {
    return switch (images) {
      case TRAINING -> this.images;
      case REFERENCE -> reference;
      case HELD_OUT -> heldOut;
    };
  }

  /** Pairs of images whose distance is looked at. */
  double pairs() {
    double count = recipe.sample().count();
    double compared = reference == 0 ? images : reference;
    double pairs = 0;
    for (MetricKind kind : recipe.evaluate().metrics()) {
      if (kind == MetricKind.MEMORISATION) {
        pairs += (count + heldOut) * trained;
      } else if (kind == MetricKind.PRECISION_RECALL || kind == MetricKind.CMMD) {
        pairs += sets * (count + compared) * (count + compared);
      }
    }
    return pairs;
  }

  /** Features that go into means and covariances, with those of the floors. */
  double rows() {
    double both = recipe.sample().count() + (reference == 0 ? (double) images : reference);
    long distances = recipe.evaluate().metrics().stream().filter(EvaluateWork::isDistance).count();
    return distances * (1.0 + sets) * both;
  }

  private static boolean isDistance(MetricKind kind) {
    return switch (kind) {
      case FD, CLASS_FD, FID, CLASS_FID, SFID, FD_DINOV2, FD_INFINITY -> true;
      case KID, INCEPTION_SCORE, PRECISION_RECALL, CMMD, CLASS_AGREEMENT, MEMORISATION -> false;
    };
  }

  /** Samples that a classifier is asked about. */
  long classified() {
    boolean asked = recipe.evaluate().metrics().contains(MetricKind.CLASS_AGREEMENT);
    return asked ? (long) sets * recipe.sample().count() : 0;
  }
}
